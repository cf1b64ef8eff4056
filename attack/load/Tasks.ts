import type { Answer } from "../../test/support/service/Service.ts"
import type { Seeded } from "../random/Seeded.ts"
import { type Arena, pause } from "../run/Arena.ts"
import { ask } from "./Asking.ts"

/** First names: most get a card, some make the sandbox of integrations misbehave. */
const firsts = [
  "Nora",
  "Emil",
  "Ada",
  "Olaf",
  "Slow",
  "Poll",
  "Callback",
  "Stumble",
  "Busy",
  "Refused",
  "Rubbish",
  "Html",
  "Huge"
]

const persistenceMillis = 120_000

const ended = new Set(["succeeded", "failed", "cancelled"])

/** Remembers the first end that a client saw of a task. */
const note = (arena: Arena, { body, status }: Answer) => {
  const id = String(body["id"])
  if (status !== 200 || !ended.has(String(body["status"])) || arena.promised.ends.has(id)) return
  arena.promised.ends.set(id, { id, status: String(body["status"]), content: body["content"] ?? null })
}

const taskOf = (random: Seeded) => ({
  kind: "truth-or-dare",
  input: {
    type: random.pick(["truth", "dare"]),
    language: random.pick(["en", "ru"]),
    mood: random.pick(["calm", "funny", "bold"]),
    ageGroup: random.pick(["kids", "teens", "adults"]),
    players: [random.chance(0.7) ? "Nora" : random.pick(firsts), "Emil"]
  },
  ...(random.chance(0.2) ? { priority: "high" } : {})
})

/** Submits a task until it is accepted. Returns its id. */
export const submit = async (arena: Arena, random: Seeded, key: string, step: string): Promise<string | undefined> => {
  const body = taskOf(random)
  const until = performance.now() + persistenceMillis
  for (
    let replica = random.int(0, arena.replicas.length - 1);
    performance.now() < until;
    replica = (replica + 1) % arena.replicas.length
  ) {
    const answer = await ask(arena, { operation: "tasks.submit", replica, path: "/api/v1/tasks", body, key, step })
    if (answer.status === 202) {
      const id = String(answer.body["id"])
      arena.promised.tasks.push({ id, key })
      return id
    }
    if (answer.status !== 0 && answer.status !== 503) {
      arena.findings.add({
        invariant: "tasks",
        step,
        what: `a right task was answered with ${answer.status}: ${JSON.stringify(answer.body)}`
      })
      return undefined
    }
    await pause(20)
  }
  arena.findings.add({ invariant: "tasks", step, what: `the task with the key ${key} got no answer for two minutes` })
  return undefined
}

const follow = async (arena: Arena, random: Seeded, id: string, step: string) => {
  const replica = random.int(0, arena.replicas.length - 1)
  const what = random.next()
  const path = `/api/v1/tasks/${id}`
  if (what < 0.1) {
    note(arena, await ask(arena, { operation: "tasks.cancel", replica, path: `${path}/cancel`, step }))
  } else if (what < 0.8) {
    const answer = await ask(arena, {
      operation: "tasks.get",
      replica,
      path: what < 0.5 ? `${path}?wait=2` : path,
      step
    })
    note(arena, answer)
    if (answer.status === 404)
      arena.findings.add({ invariant: "tasks", step, what: `the accepted task ${id} is not found` })
  }
}

const worker = async (arena: Arena, random: Seeded, round: number, number: number, isOver: () => boolean) => {
  const mine: Array<string> = []
  for (let count = 0; !isOver(); count++) {
    const choices = random.fork(count)
    const step = `round ${round}, client ${number} of tasks, task ${count}`
    const id = await submit(arena, choices, `task-${round}-${number}-${count}`, step)
    if (id === undefined) return
    mine.push(id)
    await follow(arena, choices, choices.pick(mine), step)
    await pause(choices.int(10, 100))
  }
}

/** Starts clients that submit tasks and follow them. Returns a function that stops them and waits for their last answers. */
export const startTasks = (arena: Arena, random: Seeded, round: number, count: number): (() => Promise<void>) => {
  let isOver = false
  const done = Promise.all(
    Array.from({ length: count }, (_, number) => worker(arena, random.fork(number), round, number, () => isOver))
  )
  return async () => {
    isOver = true
    await done
  }
}
