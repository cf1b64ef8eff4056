import type { GameFacts } from "../../../games/Game.ts"

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")

/** The lines that put a game on a page. */
export const embedLines = (base: string, { slug, title }: Pick<GameFacts, "slug" | "title">) => {
  const script = `<script type="module" src="${base}/widget.js"></script>`
  return {
    element: `${script}\n<fairground-game game="${slug}"></fairground-game>`,
    frame: `${script}\n<fairground-game game="${slug}" frame label="${escape(title)}"></fairground-game>`,
    plain: `<iframe src="${base}/play/${slug}" title="${escape(title)}" width="100%" height="680" style="border: 0" loading="lazy"></iframe>`,
    link: `${base}/play/${slug}`
  }
}
