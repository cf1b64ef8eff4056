import type { Words } from "../Words.ts"

export const settings: Words["settings"] = {
  title: "Настройки",
  lead: "С чем запущен этот процесс. Настройки берутся из его окружения: измените их там и запустите его снова.",
  search: "Имя или смысл",
  changed: "Только заданные",
  setting: "Настройка",
  value: "Значение",
  default: "По умолчанию",
  allowed: "Допустимо: {values}",
  own: "задано",
  isDefault: "по умолчанию",
  secretSet: "задано, скрыто",
  secretUnset: "не задано",
  empty: "пусто",
  common: "Общие",
  module: "Модуль {name}",
  count: { one: "{count} настройка", few: "{count} настройки", many: "{count} настроек", other: "{count} настройки" },
  noneTitle: "Таких настроек нет",
  noneLead: "Ищите другое слово или покажите и незаданные."
}
