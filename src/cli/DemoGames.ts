import { Effect, Option } from "effect"
import { sandboxName } from "../esp/sandbox/EspSandbox.ts"
import { Slug } from "../games/Game.ts"
import { Games } from "../games/Games.ts"
import { pageOf, type SentPage } from "../pages/GamePage.ts"
import { Pages } from "../pages/Pages.ts"
import { Html } from "../platform/pages/Markup.ts"
import type { Shown } from "../platform/pages/Showcase.ts"
import { pictures } from "./DemoPictures.ts"

/** The games that the demonstration has, one of each mechanic. */

const languages = ["en", "ru", "de", "es", "fr", "ar"] as const

type Six = readonly [en: string, ru: string, de: string, es: string, fr: string, ar: string]

const inAll = (texts: Six) => Object.fromEntries(languages.map((language, at) => [language, texts[at] ?? ""]))

const segment = (id: string, weight: number, isWin: boolean, colour: string, ...title: Six) => ({
  id,
  weight,
  isWin,
  colour,
  title: inAll(title)
})

const headings = (heading: Six, lead: Six): NonNullable<SentPage["texts"]> =>
  Object.fromEntries(languages.map((language, at) => [language, { heading: heading[at] ?? "", lead: lead[at] ?? "" }]))

const consent = {
  text: inAll([
    "I agree to receive news and offers of the demo shop by email. I can withdraw at any time.",
    "Я согласен получать новости и предложения демо-магазина по почте. Согласие можно отозвать в любой момент.",
    "Ich möchte Neuigkeiten und Angebote des Demo-Shops per E-Mail erhalten. Das kann ich jederzeit widerrufen.",
    "Acepto recibir novedades y ofertas de la tienda de demostración por correo. Puedo retirarlo cuando quiera.",
    "J’accepte de recevoir les nouvelles et les offres de la boutique démo par e-mail. Je peux me rétracter à tout moment.",
    "أوافق على تلقي أخبار متجر العرض وعروضه عبر البريد الإلكتروني. يمكنني سحب موافقتي في أي وقت."
  ]),
  isRequired: false
}

const common = { languages: [...languages], consent, embedOrigins: ["*"] } satisfies Partial<SentPage>

const option = (id: string, ...text: Six) => ({ id, text: inAll(text) })

const wheel: SentPage = {
  ...common,
  mechanic: "wheel",
  texts: headings(
    [
      "Spin for a treat",
      "Крутите и угощайтесь",
      "Dreh dich zum Glück",
      "Gira y date un gusto",
      "Tournez et régalez-vous",
      "أدر العجلة واربح"
    ],
    [
      "Coffee, cake or ten percent off: one spin decides.",
      "Кофе, пирожное или скидка 10 %: всё решит одно вращение.",
      "Kaffee, Kuchen oder zehn Prozent Rabatt: Eine Drehung entscheidet.",
      "Café, pastel o un diez por ciento menos: un giro lo decide.",
      "Café, gâteau ou dix pour cent de remise : un tour décide.",
      "قهوة أو كعكة أو خصم عشرة بالمئة: دورة واحدة تقرر."
    ]
  ),
  segments: [
    segment(
      "coffee",
      3,
      true,
      "#b3123f",
      "Free coffee",
      "Кофе в подарок",
      "Gratis-Kaffee",
      "Café gratis",
      "Café offert",
      "قهوة مجانية"
    ),
    segment(
      "not-today",
      4,
      false,
      "#ffd166",
      "Not today",
      "Не сегодня",
      "Heute nicht",
      "Hoy no",
      "Pas aujourd’hui",
      "ليس اليوم"
    ),
    segment("ten-off", 4, true, "#0f766e", "10 % off", "Скидка 10 %", "10 % Rabatt", "10 % menos", "−10 %", "خصم 10٪"),
    segment("cake", 1, true, "#e8590c", "A cake", "Пирожное", "Ein Kuchen", "Un pastel", "Un gâteau", "كعكة"),
    segment("almost", 4, false, "#ffd166", "Almost!", "Почти!", "Knapp!", "¡Casi!", "Presque !", "قريب جدًا!"),
    segment(
      "shipping",
      4,
      true,
      "#7d0c2c",
      "Free shipping",
      "Доставка даром",
      "Gratisversand",
      "Envío gratis",
      "Livraison offerte",
      "شحن مجاني"
    )
  ]
}

const scratch: SentPage = {
  ...common,
  mechanic: "scratch",
  theme: { accent: "#8a5a00", gold: "#ffcf5c", paper: "#fffdf6", ink: "#2b2210" },
  texts: headings(
    [
      "Scratch and see",
      "Сотрите и узнайте",
      "Rubbeln und schauen",
      "Rasca y descubre",
      "Grattez et voyez",
      "اكشط واكتشف"
    ],
    [
      "Something golden may lie below.",
      "Под слоем может быть золото.",
      "Darunter liegt vielleicht etwas Goldenes.",
      "Debajo puede haber algo dorado.",
      "En dessous se cache peut-être de l’or.",
      "قد يكون تحتها شيء ذهبي."
    ]
  ),
  segments: [
    segment(
      "gold",
      1,
      true,
      "#b37400",
      "A gift card",
      "Подарочная карта",
      "Ein Gutschein",
      "Una tarjeta regalo",
      "Une carte cadeau",
      "بطاقة هدية"
    ),
    segment("five-off", 3, true, "#0f766e", "5 % off", "Скидка 5 %", "5 % Rabatt", "5 % menos", "−5 %", "خصم 5٪"),
    segment(
      "nothing",
      6,
      false,
      "#6a5a62",
      "No luck today",
      "Сегодня не повезло",
      "Heute kein Glück",
      "Hoy no hay suerte",
      "Pas de chance",
      "لا حظ اليوم"
    )
  ]
}

const quiz: SentPage = {
  ...common,
  mechanic: "quiz",
  theme: { accent: "#1f55a5", gold: "#8db8ff", paper: "#f7faff", ink: "#14223a" },
  texts: headings(
    [
      "How well do you know coffee?",
      "Знаете ли вы кофе?",
      "Wie gut kennst du Kaffee?",
      "¿Cuánto sabes de café?",
      "Connaissez-vous le café ?",
      "ما مدى معرفتك بالقهوة؟"
    ],
    [
      "Three questions, a minute at most.",
      "Три вопроса, минута от силы.",
      "Drei Fragen, höchstens eine Minute.",
      "Tres preguntas, un minuto como mucho.",
      "Trois questions, une minute au plus.",
      "ثلاثة أسئلة في دقيقة على الأكثر."
    ]
  ),
  questions: [
    {
      id: "origin",
      text: inAll([
        "Where was coffee first drunk?",
        "Где впервые стали пить кофе?",
        "Wo wurde zuerst Kaffee getrunken?",
        "¿Dónde se bebió café por primera vez?",
        "Où a-t-on bu du café pour la première fois ?",
        "أين شُربت القهوة أول مرة؟"
      ]),
      options: [
        option("brazil", "In Brazil", "В Бразилии", "In Brasilien", "En Brasil", "Au Brésil", "في البرازيل"),
        option("yemen", "In Yemen", "В Йемене", "Im Jemen", "En Yemen", "Au Yémen", "في اليمن"),
        option("italy", "In Italy", "В Италии", "In Italien", "En Italia", "En Italie", "في إيطاليا")
      ],
      right: "yemen"
    },
    {
      id: "bean",
      text: inAll([
        "What is a coffee bean?",
        "Что такое кофейное зерно?",
        "Was ist eine Kaffeebohne?",
        "¿Qué es un grano de café?",
        "Qu’est-ce qu’un grain de café ?",
        "ما هي حبة القهوة؟"
      ]),
      options: [
        option(
          "seed",
          "The seed of a cherry",
          "Семя ягоды",
          "Der Kern einer Kirsche",
          "La semilla de un fruto",
          "La graine d’une cerise",
          "بذرة ثمرة"
        ),
        option(
          "bean",
          "A kind of bean",
          "Вид фасоли",
          "Eine Bohnenart",
          "Un tipo de judía",
          "Une sorte de haricot",
          "نوع من الفاصوليا"
        ),
        option("root", "A root", "Корень", "Eine Wurzel", "Una raíz", "Une racine", "جذر")
      ],
      right: "seed"
    },
    {
      id: "espresso",
      text: inAll([
        "How long does an espresso run?",
        "Сколько варится эспрессо?",
        "Wie lange läuft ein Espresso?",
        "¿Cuánto tarda un espresso?",
        "Combien de temps coule un espresso ?",
        "كم يستغرق تحضير الإسبريسو؟"
      ]),
      options: [
        option("five", "5 seconds", "5 секунд", "5 Sekunden", "5 segundos", "5 secondes", "5 ثوانٍ"),
        option("twenty-five", "25 seconds", "25 секунд", "25 Sekunden", "25 segundos", "25 secondes", "25 ثانية"),
        option("ninety", "90 seconds", "90 секунд", "90 Sekunden", "90 segundos", "90 secondes", "90 ثانية")
      ],
      right: "twenty-five"
    }
  ]
}

const memory: SentPage = {
  ...common,
  mechanic: "memory",
  settings: { pairs: 6 },
  theme: { accent: "#0f766e", gold: "#5fd3a0", paper: "#f5fbf8", ink: "#10302b" },
  texts: headings(
    [
      "Find the pairs",
      "Найдите пары",
      "Finde die Paare",
      "Encuentra las parejas",
      "Trouvez les paires",
      "اعثر على الأزواج"
    ],
    [
      "The fewer moves, the better.",
      "Чем меньше ходов, тем лучше.",
      "Je weniger Züge, desto besser.",
      "Cuantos menos movimientos, mejor.",
      "Moins de coups, c’est mieux.",
      "كلما قلّت الحركات كان أفضل."
    ]
  )
}

const catching: SentPage = {
  ...common,
  mechanic: "catch",
  settings: { seconds: 20 },
  theme: { accent: "#6b3fa0", gold: "#ffb84d", paper: "#fbf8ff", ink: "#251636" },
  texts: headings(
    [
      "Catch the gifts",
      "Ловите подарки",
      "Fang die Geschenke",
      "Atrapa los regalos",
      "Attrapez les cadeaux",
      "التقط الهدايا"
    ],
    [
      "Twenty seconds, one basket.",
      "Двадцать секунд и одна корзина.",
      "Zwanzig Sekunden, ein Korb.",
      "Veinte segundos, una cesta.",
      "Vingt secondes, un panier.",
      "عشرون ثانية وسلة واحدة."
    ]
  )
}

/** The game whose play the start shows. */
export const firstGame = Slug.make("wheel")

/** All of them, with their pages. */
export const games = [
  { slug: firstGame, title: "Wheel of fortune", text: "Luck, with prizes", page: wheel },
  { slug: Slug.make("scratch"), title: "Scratch card", text: "Luck, with prizes", page: scratch },
  { slug: Slug.make("quiz"), title: "Quiz", text: "Three questions", page: quiz },
  { slug: Slug.make("memory"), title: "Memory", text: "Six pairs", page: memory },
  { slug: Slug.make("catch"), title: "Catch", text: "Twenty seconds", page: catching }
] as const

/** The games on the first page. */
export const showcase: ReadonlyArray<Shown> = games.map(({ page, slug, text, title }) => ({
  href: `/play/${slug}`,
  title,
  text,
  picture: Html.trusted(pictures[page.mechanic])
}))

/** Somebody set the page up, or archived the game. */
const kept = ["ChangedMeanwhile", "GameArchived"] as const

const withoutWeights = ({ segments = [], ...page }: SentPage): SentPage => ({
  ...page,
  ...(segments.length === 0 ? {} : { segments: segments.map((segment) => ({ ...segment, weight: 0 })) })
})

/** Adds the games that are missing. One that is there stays as it is: whoever tries things out may have changed it. */
export const addGames = Effect.gen(function* () {
  const service = yield* Games
  const pages = Option.getOrUndefined(yield* Effect.serviceOption(Pages))
  for (const { page, slug, title } of pages === undefined ? games.slice(0, 1) : games) {
    yield* service
      .add({ slug, title, opensAt: null, closesAt: null, timeZone: "UTC", limit: null, esp: sandboxName })
      .pipe(Effect.catchTag("SlugTaken", () => Effect.void))
    if (pages === undefined) continue
    // 1 is the version of a page that was never set up.
    const setUp = (sent: SentPage) => pages.change(slug, pageOf(sent), 1)
    yield* setUp(page).pipe(
      // On a database of one's own nothing can be drawn without a key.
      Effect.catchTag("SecretsKeyMissing", () => setUp(withoutWeights(page))),
      Effect.catchTag(kept, () => Effect.void)
    )
  }
})
