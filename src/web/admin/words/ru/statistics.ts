import type { Words } from "../Words.ts"

export const statistics: Words["statistics"] = {
  plays: "Розыгрыши",
  newPlayers: "Новые игроки",
  newToGames: "Новые в игре",
  players: {
    one: "Всего {count} игрок",
    few: "Всего {count} игрока",
    many: "Всего {count} игроков",
    other: "Всего {count} игрока"
  },
  counting: "Все игроки ещё считаются",
  newShare: "Доля новых игроков",
  before: "Раньше: {value}",
  chart: "Розыгрыши по дням",
  returning: "Вернулись",
  day: "День",
  funnel: "От показа до розыгрыша",
  funnelLead: "Показы, начала и согласия сообщают браузеры; розыгрыши точны.",
  steps: { views: "Увидели игру", starts: "Начали", plays: "Сыграли", consents: "Дали согласие" },
  viewsOfAll: "Увидели какую-либо игру",
  ofFirst: "{share} показов",
  notes: {
    title: "Заметки",
    lead: "Рассылка, пост, сбой: заметка объяснит всплеск тому, кто посмотрит позже.",
    add: "Добавить заметку",
    addTitle: "Новая заметка",
    edit: "Изменить «{text}»",
    editTitle: "Изменить заметку",
    remove: "Удалить «{text}»",
    removeTitle: "Удалить «{text}»?",
    removeLead: "Заметка исчезнет с графиков у всех, и вернуть её будет нельзя.",
    removeConfirm: "Удалить заметку",
    all: "Показать все: {count}",
    ofGame: "{text} ({game})",
    text: "Что произошло",
    textHint: "Например, «Рассылка ушла». Одна строка.",
    textWrong: "Напишите, что произошло: одна строка, не больше 200 знаков.",
    at: "Когда",
    atHint: "По часам пояса {zone}.",
    atWrong: "Выберите день и время, которые существуют.",
    about: "На графиках",
    added: "Заметка добавлена",
    saved: "Заметка сохранена",
    removed: "Заметка удалена"
  }
}
