import type { IncomingMessage } from "node:http"
import { unmapped } from "./ClientAddress.ts"

const hasLoopbackPeer = ({ socket: { remoteAddress = "" } }: IncomingMessage): boolean =>
  remoteAddress === "::1" || /^127(?:\.\d{1,3}){3}$/.test(unmapped(remoteAddress))

/** Header fields by which proxies say that they forward a request for somebody else. */
const forwarding =
  /^(?:forwarded|via|x-forwarded-.*|x-original-.*|x-real-ip|x-client-ip|true-client-ip|cf-.*|x-envoy-.*)$/

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

/**
 * Whether a program on this machine sent the request for itself: the peer is loopback, and nothing says that it speaks for somebody
 * else. Not everything that forwards says so, hence three more conditions. nginx before 1.29.7 without further settings sends no header,
 * but speaks HTTP/1.0 to the service; a newer one looks like a program here, and must be told to say that it forwards. A tunnel keeps
 * the name that it was called by. And a page of another site, open in a browser on this machine, sends its `Origin`, or comes by a name
 * of its own that leads here (DNS rebinding).
 */
export const isFromThisMachine = (message: IncomingMessage): boolean =>
  hasLoopbackPeer(message) &&
  message.httpVersion === "1.1" &&
  loopbackHost.test(message.headers.host ?? "") &&
  message.headers.origin === undefined &&
  !Object.keys(message.headers).some((name) => forwarding.test(name))
