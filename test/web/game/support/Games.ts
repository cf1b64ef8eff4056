import type { MechanicName, Page } from "../../../../src/web/game/shapes.ts"

const titles = {
  en: ["Free delivery", "−20 %", "Grand prize", "Try again", "Coffee", "−10 %", "Tote bag", "Try again"],
  ru: ["Бесплатная доставка", "−20 %", "Главный приз", "Ещё раз", "Кофе", "−10 %", "Сумка", "Ещё раз"],
  ar: ["توصيل مجاني", "خصم ٢٠٪", "الجائزة الكبرى", "حاول مجددا", "قهوة", "خصم ١٠٪", "حقيبة", "حاول مجددا"]
}

/** A game's settings as `/page` answers them. */
export const gameOf = (mechanic: MechanicName, more: Partial<Page> = {}): Page => ({
  slug: "fair",
  title: "Spring fair",
  state: "open",
  opensAt: null,
  closesAt: null,
  language: "en",
  direction: "ltr",
  mechanic,
  segments:
    mechanic === "wheel" || mechanic === "scratch"
      ? titles[(more.language ?? "en") as keyof typeof titles].map((title, place) => ({ id: `s${place}`, title }))
      : [],
  questions:
    mechanic === "quiz"
      ? [
          {
            id: "q1",
            text: "Where were the first carousel horses carved?",
            options: [
              { id: "a", text: "In a boatyard" },
              { id: "b", text: "At court" },
              { id: "c", text: "In a circus" }
            ],
            right: "b"
          },
          {
            id: "q2",
            text: "How high was the first Ferris wheel?",
            options: [
              { id: "a", text: "80 metres" },
              { id: "b", text: "20 metres" }
            ],
            right: "a"
          }
        ]
      : [],
  settings: mechanic === "memory" ? { pairs: 3 } : mechanic === "catch" ? { seconds: 10 } : {},
  theme: {
    accent: "#b3123f",
    onAccent: "#ffffff",
    gold: "#ffd166",
    paper: "#ffffff",
    ink: "#211820",
    radius: 24,
    logo: null,
    picture: null
  },
  texts: { heading: "", lead: "", button: "", won: "", lost: "", thanks: { new: "", returning: "", nth: "" } },
  consent: { text: "I agree to receive news and offers by email.", version: "2026-10", required: false },
  name: "none",
  words: null,
  ...more
})
