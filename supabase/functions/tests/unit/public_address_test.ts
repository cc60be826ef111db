/** Which addresses and names lead to the public internet. */
import { assertEquals } from "@std/assert";
import { isPublicAddress, isPublicName } from "../../_shared/openai/public_address.ts";

const NOT_PUBLIC = [
  // this machine
  "127.0.0.1",
  "127.255.255.254",
  "0.0.0.0",
  "0.1.2.3",
  "::1",
  "::",
  // private networks
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "100.64.0.1",
  "100.127.255.255",
  "fc00::1",
  "fd12:3456:789a::1",
  // link-local, and the metadata services that live there
  "169.254.0.1",
  "169.254.169.254",
  "169.254.170.2",
  "fe80::1",
  "fd00:ec2::254",
  // other spellings of the same
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "0177.0.0.1",
  "017700000001",
  "127.1",
  "127.0.1",
  "127.0.0.1.",
  "2852039166",
  "0xa9.0xfe.0xa9.0xfe",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  // IPv6 that carries IPv4
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "[::ffff:a9fe:a9fe]",
  "::ffff:8.8.8.8",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::1",
  "2002:7f00:1::",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  // reserved, documentation, multicast, broadcast
  "192.0.0.8",
  "192.0.2.1",
  "192.88.99.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "100::1",
  "2001:db8::1",
  "3fff::1",
  "5f00::1",
  "ff02::1",
  "fec0::1",
  // no addresses
  "",
  "example.com",
  "1.2.3.4.5",
  "1.2.3.256",
  "fe80::1%eth0",
  "[::1",
  "1.2.3.4/x",
  "1.2.3.4:443",
  "user@1.2.3.4",
];

for (const address of NOT_PUBLIC) {
  Deno.test(`isPublicAddress refuses "${address}"`, () => {
    assertEquals(isPublicAddress(address), false);
  });
}

const PUBLIC = [
  "8.8.8.8",
  "1.1.1.1",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.1",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "192.169.0.0",
  "198.17.255.255",
  "198.20.0.0",
  "223.255.255.255",
  "134744072",
  "2606:4700:4700::1111",
  "[2a00:1450:4001:81b::200e]",
  "2001:4860:4860::8888",
  "2003::1",
];

for (const address of PUBLIC) {
  Deno.test(`isPublicAddress accepts "${address}"`, () => {
    assertEquals(isPublicAddress(address), true);
  });
}

Deno.test("isPublicName refuses the names of this machine and of local networks", () => {
  for (
    const name of [
      "localhost",
      "LOCALHOST",
      "localhost.",
      "api.localhost",
      "printer.local",
      "metadata.google.internal",
      "kubernetes.default.svc.cluster.local",
      "router.lan",
      "1.0.0.127.in-addr.arpa",
      "metadata",
      "db",
      "",
    ]
  ) {
    assertEquals(isPublicName(name), false, name);
  }
});

Deno.test("isPublicName accepts names that may be looked up", () => {
  for (
    const name of ["example.com", "oaidalleapiprodscus.blob.core.windows.net", "localhost.com"]
  ) {
    assertEquals(isPublicName(name), true, name);
  }
});
