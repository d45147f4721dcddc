// Bytes as the field GF(256), with the polynomial of AES: addition is XOR.

/** Russian peasants' multiplication. */
export function multiply(a: number, b: number): number {
  let product = 0;
  for (; b > 0; b >>= 1) {
    if (b & 1) product ^= a;
    a = a & 0x80 ? (a << 1) ^ 0x11b : a << 1;
  }
  return product;
}

/** Every byte but 0 to the power of 255 is 1. */
export function inverse(a: number): number {
  let power = 1;
  for (let i = 0; i < 254; i++) power = multiply(power, a);
  return power;
}
