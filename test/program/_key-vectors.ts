/** Vectors that are printed in RFCs. */

const hex = (text: string): string => Buffer.from(text).toString("hex");

/** RFC 4231 §4.2 to §4.8, but for §4.6, which is cut: key, data, HMAC-SHA-256. */
export const hmacVectors: readonly (readonly [key: string, data: string, mac: string])[] = [
  ["0b".repeat(20), hex("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
  [
    hex("Jefe"),
    hex("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  ["aa".repeat(20), "dd".repeat(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
  [
    "0102030405060708090a0b0c0d0e0f10111213141516171819",
    "cd".repeat(50),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
  [
    "aa".repeat(131),
    hex("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    "aa".repeat(131),
    hex(
      "This is a test using a larger than block-size key and a larger than block-size data. " +
        "The key needs to be hashed before being used by the HMAC algorithm.",
    ),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
];

const key = "01".padEnd(64, "0");
const nonce = "03".padEnd(24, "0");
const zero = "0".repeat(64);
const block = (first: string): string => first.padEnd(32, "0");

/** RFC 8452 §C.2 and §C.3: key, nonce, associated data, plaintext, result. */
export const gcmSivVectors: readonly (readonly [string, string, string, string, string])[] = [
  [key, nonce, "", "", "07f5f4169bbf55a8400cd47ea6fd400f"],
  [key, nonce, "", "0100000000000000", "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"],
  [key, nonce, "", block("01"), "85a01b63025ba19b7fd3ddfc033b3e76c9eac6fa700942702e90862383c6c366"],
  [
    key,
    nonce,
    "",
    block("01") + block("02") + block("03"),
    "c00d121893a9fa603f48ccc1ca3c57ce7499245ea0046db16c53c7c66fe717e39cf6c748837b61f6ee3adcee17534ed5790bc96880a99ba804bd12c0e6a22cc4",
  ],
  [key, nonce, "01", "0200000000000000", "1de22967237a813291213f267e3b452f02d01ae33e4ec854"],
  [
    key,
    nonce,
    "01",
    block("02") + block("03"),
    "07dad364bfc2b9da89116d7bef6daaaf6f255510aa654f920ac81b94e8bad365aea1bad12702e1965604374aab96dbbc",
  ],
  [
    key,
    nonce,
    `${block("01")}0200`,
    `${block("03")}04000000`,
    "43dd0163cdb48f9fe3212bf61b201976067f342bb879ad976d8242acc188ab59cabfe307",
  ],
  [
    "e66021d5eb8e4f4066d4adb9c33560e4f46e44bb3da0015c94f7088736864200",
    "e0eaf5284d884a0e77d31646",
    "",
    "",
    "169fbb2fbf389a995f6390af22228a62",
  ],
  [
    "b18853f68d833640e42a3c02c25b64869e146d7b233987bddfc240871d7576f7",
    "028ec6eb5ea7e298342a94d4",
    "9c2159058b1f0fe91433a5bdc20e214eab7fecef4454a10ef0657df21ac7",
    "b202b370ef9768ec6561c4fe6b7e7296fa85",
    "857e16a64915a787637687db4a9519635cdd454fc2a154fea91f8363a39fec7d0a49",
  ],
  [
    "3c535de192eaed3822a2fbbe2ca9dfc88255e14a661b8aa82cc54236093bbc23",
    "688089e55540db1872504e1c",
    "734320ccc9d9bbbb19cb81b2af4ecbc3e72834321f7aa0f70b7282b4f33df23f167541",
    "ced532ce4159b035277d4dfbb7db62968b13cd4eec",
    "626660c26ea6612fb17ad91e8e767639edd6c9faee9d6c7029675b89eaf4ba1ded1a286594",
  ],
  [
    zero,
    "0".repeat(24),
    "",
    `${block("")}4db923dc793ee6497c76dcc03a98e108`,
    "f3f80f2cf0cb2dd9c5984fcda908456cc537703b5ba70324a6793a7bf218d3eaffffffff000000000000000000000000",
  ],
  [
    zero,
    "0".repeat(24),
    "",
    "eb3640277c7ffd1303c7a542d02d3e4c0000000000000000",
    "18ce4f0b8cb4d0cac65fea8f79257b20888e53e72299e56dffffffff000000000000000000000000",
  ],
];
