/** Which addresses and host names are of the public internet, so that a provider's URL may be followed. */

/** First address and prefix length of every IPv4 block that is not public: IANA special-purpose registry. */
const NOT_PUBLIC_IPV4: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/**
 * Blocks inside 2000::/3, the only public IPv6 space, that lead elsewhere: IETF protocols with
 * Teredo (2001::/23), documentation, 6to4 (which carries an IPv4 address), and documentation again.
 */
const NOT_PUBLIC_IPV6: readonly [string, number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** Names that mean this machine or this network, whatever a resolver says of them. */
const LOCAL_NAME =
  /(^|\.)(localhost|local|internal|intranet|lan|home|corp|arpa|onion|test|invalid)$/;

/** Whether `host` is written as an address, in brackets or not. */
export function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+(\.\d+){3}$/.test(host);
}

/**
 * Whether an IP address may be connected to: public, and not a private, loopback, link-local,
 * metadata, multicast or reserved one, nor an IPv6 address that carries an IPv4 one.
 *
 * Takes any spelling a URL takes (decimal, octal, hexadecimal, IPv6 with or without brackets).
 */
export function isPublicAddress(address: string): boolean {
  const host = canonicalHost(address);
  if (host === undefined || !isAddress(host)) return false;
  const bits = host.startsWith("[") ? ipv6Bits(host) : ipv4Bits(host);
  if (!host.startsWith("[")) return !isInAny(bits, NOT_PUBLIC_IPV4);
  return bits.startsWith("001") && !isInAny(bits, NOT_PUBLIC_IPV6);
}

/** Whether a host name may be looked up at all: it has a dot and is no name of a local network. */
export function isPublicName(name: string): boolean {
  const bare = name.toLowerCase().replace(/\.$/, "");
  return bare.includes(".") && !LOCAL_NAME.test(bare);
}

/** The one spelling a URL gives a host; `undefined` for what is more than a host, or none. */
function canonicalHost(address: string): string | undefined {
  const isBareIpv6 = address.includes(":") && !address.startsWith("[");
  const url = URL.parse(`http://${isBareIpv6 ? `[${address}]` : address}`);
  return url?.href === `http://${url?.hostname}/` ? url?.hostname : undefined;
}

function isInAny(bits: string, blocks: readonly [string, number][]): boolean {
  return blocks.some(([first, length]) => {
    const block = first.includes(":") ? ipv6Bits(`[${first}]`) : ipv4Bits(first);
    return bits.startsWith(block.slice(0, length));
  });
}

function ipv4Bits(host: string): string {
  return host.split(".").map((part) => Number(part).toString(2).padStart(8, "0")).join("");
}

/** The 128 bits of an IPv6 address as a URL spells it: hexadecimal groups, at most one "::". */
function ipv6Bits(host: string): string {
  const [head = "", tail] = host.slice(1, -1).split("::");
  const groupsOf = (part: string | undefined) => part ? part.split(":") : [];
  const first = groupsOf(head);
  const last = groupsOf(tail);
  const gap = new Array<string>(8 - first.length - last.length).fill("0");
  return [...first, ...gap, ...last]
    .map((group) => parseInt(group, 16).toString(2).padStart(16, "0")).join("");
}
