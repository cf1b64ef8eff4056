import { isIP } from "node:net"

/** Networks without public addresses. https://www.iana.org/assignments/iana-ipv4-special-registry */
const special4: ReadonlyArray<readonly [first: number, bits: number]> = [
  [0x00000000, 8], // this network
  [0x0a000000, 8], // private
  [0x64400000, 10], // shared by a provider's customers
  [0x7f000000, 8], // loopback
  [0xa9fe0000, 16], // link-local, and the metadata of clouds
  [0xac100000, 12], // private
  [0xc0000000, 24], // protocol assignments
  [0xc0000200, 24], // documentation
  [0xc0586300, 24], // 6to4 relays
  [0xc0a80000, 16], // private
  [0xc6120000, 15], // measurements
  [0xc6336400, 24], // documentation
  [0xcb007100, 24], // documentation
  [0xe0000000, 4], // multicast
  [0xf0000000, 4] // reserved, and broadcast
]

const isPublic4 = (address: string): boolean => {
  const number = address.split(".").reduce((rest, part) => rest * 256 + Number(part), 0)
  return !special4.some(([first, bits]) => {
    const size = 2 ** (32 - bits)
    return number >= first && number < first + size
  })
}

/** The eight groups of an IPv6 address. */
const groupsOf = (address: string): ReadonlyArray<number> => {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const hex = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16)
  const plain =
    dotted === null
      ? address
      : `${dotted[1] ?? ""}${hex(dotted[2] ?? "", dotted[3] ?? "")}:${hex(dotted[4] ?? "", dotted[5] ?? "")}`
  const [head = "", tail] = plain.split("::")
  const read = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)))
  const [before, after] = [read(head), read(tail ?? "")]
  return tail === undefined ? before : [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

/** https://www.iana.org/assignments/iana-ipv6-special-registry */
const isPublic6 = (address: string): boolean => {
  const groups = groupsOf(address)
  const [a = 0, b = 0] = groups
  const startsWith = (...first: ReadonlyArray<number>) => first.every((group, index) => groups[index] === group)
  const within = () => {
    const [high = 0, low = 0] = groups.slice(6)
    return isPublic4([high >> 8, high & 255, low >> 8, low & 255].join("."))
  }
  // An IPv4 address inside an IPv6 address, mapped or translated (NAT64), is judged as IPv4.
  if (startsWith(0, 0, 0, 0, 0, 0xffff) || startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return within()
  // Only 2000::/3 is allocated. From it, protocols such as Teredo and 6to4 and the documentation network are not public.
  if (a < 0x2000 || a > 0x3fff) return false
  return !(a === 0x2001 && (b < 0x0200 || b === 0x0db8)) && a !== 0x2002 && !(a === 0x3fff && b < 0x1000)
}

/**
 * Whether an IPv4 or IPv6 address, as text, is public: not private, loopback, link-local, multicast or otherwise reserved,
 * and not a translation of such an address. Text that is not an address is not public.
 */
export const isPublicAddress = (address: string): boolean => {
  const plain = address.replace(/%.*/s, "")
  switch (isIP(plain)) {
    case 4:
      return isPublic4(plain)
    case 6:
      return isPublic6(plain)
    default:
      return false
  }
}
