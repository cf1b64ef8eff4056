import type { Words } from "../Words.ts"

export const live: Words["live"] = {
  title: "Происходит сейчас",
  on: "В прямом эфире",
  off: "Подключение…",
  waiting: "Розыгрыши появляются здесь сразу, как записаны.",
  newPlays: {
    one: "Показать {count} новый розыгрыш",
    few: "Показать {count} новых розыгрыша",
    many: "Показать {count} новых розыгрышей",
    other: "Показать {count} нового розыгрыша"
  }
}
