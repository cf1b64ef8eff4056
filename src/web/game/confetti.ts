import { el } from "./dom.ts"

/** Paper over the whole card for 2.2 s: it flies up, and sails down turning over. */
export const confetti = (air: HTMLElement, colours: ReadonlyArray<string>): void => {
  for (let place = 0; place < 120; place++) {
    const paper = el("i")
    paper.style.background = colours[place % 6] ?? ""
    air.append(paper)
    const across = (Math.random() - 0.5) * 90
    const up = -Math.random() * 45
    const turn = Math.random() * 900
    paper.animate(
      [
        { easing: "ease-out", rotate: `1 2 0 ${turn}deg` },
        { easing: "ease-in", opacity: 1, translate: `${across * 0.7}cqw ${up}cqw`, offset: 0.3 },
        { translate: `${across}cqw ${up + 70}cqw`, rotate: `2 1 1 ${turn * 3}deg`, opacity: 0 }
      ],
      2200
    ).onfinish = () => paper.remove()
  }
}
