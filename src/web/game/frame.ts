import { el } from "./dom.ts"

/** What a page in a frame tells the page around it. No address and no code: anybody's page may listen. */
export interface FrameMessage {
  readonly fairground: string
  readonly height?: number
  readonly event?: { readonly type: "ready" | "result" | "failure"; readonly detail: Readonly<Record<string, unknown>> }
}

/** The heights that a page may ask for, in pixels: a page gone wild must not push the rest of the site away. */
const lowest = 200
const highest = 4000

/** What a message says, if it is one of this game; a height within the bounds. */
export const read = (data: unknown, game: string): Pick<Partial<FrameMessage>, "height" | "event"> => {
  const message = data as FrameMessage | null
  if (message?.fairground !== game) return {}
  const height = Math.round(Math.min(highest, Math.max(lowest, Number(message.height))))
  return { ...message, height }
}

/** Inside: tells the height to the page around until it is gone. Returns what tells an event; undefined: there is no frame. */
export const inside = (
  element: HTMLElement,
  game: string,
  gone: AbortSignal
): ((event: NonNullable<FrameMessage["event"]>) => void) | undefined => {
  if (parent === window) return undefined
  const post = (message: Omit<FrameMessage, "fairground">) => parent.postMessage({ fairground: game, ...message }, "*")
  // Not the height of the document: where that fills the frame, the frame could never become lower again.
  const around = element.parentElement ?? element
  const observer = new ResizeObserver(() => post({ height: around.offsetHeight }))
  observer.observe(around)
  gone.addEventListener("abort", () => observer.disconnect())
  return (event) => post({ event })
}

/** Outside: a frame of the service's page, as high as that page says. */
export const outside = (
  address: URL,
  game: string,
  label: string,
  gone: AbortSignal,
  onEvent: (type: string, detail: Readonly<Record<string, unknown>>) => void
): HTMLIFrameElement => {
  const frame = el("iframe", { src: address.href, title: label, allow: "clipboard-write" })
  const listen = ({ data, origin, source }: MessageEvent<unknown>) => {
    if (origin !== address.origin || source !== frame.contentWindow) return
    const { event, height } = read(data, game)
    if (height) frame.style.height = `${height}px`
    if (event) onEvent(event.type, event.detail)
  }
  addEventListener("message", listen, { signal: gone })
  return frame
}
