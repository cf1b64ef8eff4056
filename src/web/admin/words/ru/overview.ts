import type { Words } from "../Words.ts"

export const overview: Words["overview"] = {
  title: "Обзор",
  lead: "{game} · дни по времени {zone}",
  plays: "Розыгрыши",
  newPlayers: "Новые игроки",
  newShare: "Доля новых",
  verdictTime: "Ответ рассылки, 95% за",
  reached: "Контакты приняты",
  before: "Раньше: {value}",
  noBefore: "Раньше ничего не было",
  chart: "Розыгрыши по дням",
  new: "Новые игроки",
  returning: "Вернулись",
  day: "День",
  contacts: "Контакты в рассылке",
  contactsLead: {
    one: "Запрошен {count} контакт",
    few: "Запрошено {count} контакта",
    many: "Запрошено {count} контактов",
    other: "Запрошено {count} контакта"
  },
  noContacts: "За это время контактов не запрашивали.",
  games: "Игры",
  gamesLead: "за всё время",
  latest: "Последние розыгрыши",
  all: "Все розыгрыши",
  incomplete: "Статистика пересчитывается: пока это не кончилось, числа занижены.",
  times: { one: "{count} розыгрыш", few: "{count} розыгрыша", many: "{count} розыгрышей", other: "{count} розыгрыша" },
  emptyTitle: "Ещё никто не играл",
  emptyLead:
    "Как только кто-нибудь сыграет, здесь будет видно, сколько, кто и что ответила рассылка. Запишите первый розыгрыш из терминала:",
  emptyRange: "За это время никто не играл",
  emptyRangeLead: "Выберите другой период или другую игру."
}
