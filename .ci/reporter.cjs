/**
 * Mocha's own report (`spec`, or the one that SEALFOLD_REPORTER names), and the totals of the run appended to the file
 * that SEALFOLD_TOTALS names, so that `.ci/run` can close with what all runs together passed and failed.
 */

const { appendFileSync } = require("node:fs");

const Mocha = require("mocha");

const Base = Mocha.reporters[process.env.SEALFOLD_REPORTER ?? "spec"];

module.exports = class Reporter extends Base {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      const file = process.env.SEALFOLD_TOTALS;
      if (file) appendFileSync(file, `${passes} ${failures} ${pending}\n`);
    });
  }
};
