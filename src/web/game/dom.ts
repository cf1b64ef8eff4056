type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>
type Child = Node | string | null | undefined | false

const fill = <E extends Element>(element: E, attributes: Attributes, children: ReadonlyArray<Child>): E => {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined && value !== null) element.setAttribute(key, String(value))
  }
  element.append(...(children.filter(Boolean) as ReadonlyArray<Node | string>))
  return element
}

/**
 * An element. Attributes that are undefined, null or false are left out. There is none for `style`: a strict policy refuses it,
 * and `element.style` is allowed.
 */
export const el = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: ReadonlyArray<Child>
): HTMLElementTagNameMap[K] => fill(document.createElement(tag), attributes, children)

/** An element of SVG. */
export const svg = (tag: string, attributes: Attributes = {}, ...children: ReadonlyArray<Child>): SVGElement =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children)

/** A button that does something. */
export const press = (part: string, label: string, onClick: () => void): HTMLButtonElement => {
  const button = el("button", { class: part }, label)
  button.onclick = onClick
  return button
}

/** The context of a canvas. There is always one: only a canvas that was used in another way has none. */
export const brush = (canvas: HTMLCanvasElement): CanvasRenderingContext2D =>
  canvas.getContext("2d") as CanvasRenderingContext2D

/** The context of a canvas, made as large as it is shown and sharp on dense screens. */
export const sized = (canvas: HTMLCanvasElement): CanvasRenderingContext2D => {
  const density = Math.min(devicePixelRatio, 3)
  canvas.width = canvas.clientWidth * density
  canvas.height = canvas.clientHeight * density
  const context = brush(canvas)
  context.scale(density, density)
  return context
}
