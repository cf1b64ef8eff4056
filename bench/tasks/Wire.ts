/** The commands to a contender and its reports, over the IPC channel of its process. */
export type Command =
  /** Submits tasks as fast as it can, `atOnce` at a time. */
  | { readonly type: "flood"; readonly count: number; readonly atOnce: number; readonly millis: number }
  /** Submits tasks at planned times. */
  | { readonly type: "pace"; readonly count: number; readonly perSecond: number }
  /** Reports the times from submission to start of the tasks that started here, and forgets them. */
  | { readonly type: "starts" }

export type Said =
  | { readonly type: "ready" }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "started"; readonly millis: ReadonlyArray<number> }

/** The input of every task of the bench. */
export interface BenchInput {
  /** When it was submitted, on a clock that all processes of a machine share. */
  readonly at: number
  /** How long the task works. */
  readonly millis: number
}

/** Milliseconds with a fraction, on a clock that all processes of the machine share. */
export const clock = (): number => performance.timeOrigin + performance.now()

/** Times from submission to start, of the tasks that started in this process. */
export const starts: Array<number> = []

export const noteStart = (input: BenchInput): void => void starts.push(clock() - input.at)

const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, millis)))

const flood = async (
  command: Command & { readonly type: "flood" },
  submit: (input: BenchInput) => Promise<unknown>
) => {
  let left = command.count
  const client = async () => {
    while (left-- > 0) await submit({ at: clock(), millis: command.millis })
  }
  await Promise.all(Array.from({ length: command.atOnce }, client))
}

const pace = async (command: Command & { readonly type: "pace" }, submit: (input: BenchInput) => Promise<unknown>) => {
  const begun = clock()
  const sent: Array<Promise<unknown>> = []
  for (let place = 0; place < command.count; place++) {
    await sleep(begun + (place * 1000) / command.perSecond - clock())
    sent.push(submit({ at: clock(), millis: 0 }))
  }
  await Promise.all(sent)
}

const say = (said: Said) => void process.send?.(said)

/** Carries out commands; `submit` is the contender's way to submit a task. */
export const obey = (submit: (input: BenchInput) => Promise<unknown>): void => {
  const work = async (command: Command): Promise<Said> => {
    switch (command.type) {
      case "flood":
        await flood(command, submit)
        return { type: "done" }
      case "pace":
        await pace(command, submit)
        return { type: "done" }
      case "starts":
        return { type: "started", millis: starts.splice(0) }
    }
  }
  process.on("message", (command: Command) => {
    work(command).then(say, (error: unknown) => say({ type: "failed", message: String(error) }))
  })
  process.on("disconnect", () => process.exit(0))
}

export const ready = (): void => say({ type: "ready" })
