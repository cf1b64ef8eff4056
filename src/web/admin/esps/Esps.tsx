import type { EspFacts } from "../../../esp/EspFacts.ts"
import { Client, nothing, useAction, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useAgain } from "../LiveStream.ts"
import { To } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { Badge, type Tone } from "../ui/Badge.tsx"
import { Button } from "../ui/Button.tsx"
import { Empty } from "../ui/Empty.tsx"
import { FaultNote } from "../ui/Fault.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { addDays, todayIn } from "../ui/PeriodChoice.ts"
import { Bone } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { useEsps } from "./Connections.ts"
import { Reason } from "./Reason.tsx"
import "./esps.css"

const circuits = { closed: "good", "half-open": "gold", open: "bad" } as const satisfies Record<
  EspFacts["circuit"],
  Tone
>

const levels = { ok: "good", warning: "gold", error: "bad" } as const satisfies Record<string, Tone>

const Limits = ({ limits }: { readonly limits: EspFacts["limits"] }) => {
  const words = useWords().esps
  const format = useFormat()
  const { atOnce, calls } = limits
  if (calls.length === 0 && atOnce === null) return <>{words.noLimits}</>
  return (
    <ul>
      {calls.map(({ callsPerContact, limit, windowSeconds }) => (
        <li key={`${limit} ${windowSeconds}`}>
          {fill(words.limit, {
            calls: format.plural(words.calls, limit),
            time: format.seconds(windowSeconds)
          })}
          {callsPerContact === 1 ? null : (
            <span className="quiet"> · {format.plural(words.perContact, callsPerContact)}</span>
          )}
        </li>
      ))}
      {atOnce === null ? null : <li>{format.plural(words.atOnce, atOnce)}</li>}
    </ul>
  )
}

const Connection = ({ esp }: { readonly esp: EspFacts }) => {
  const words = useWords().esps
  const format = useFormat()
  const may = useMay()
  const check = useAction((client, name: EspFacts["name"]) => client.esps.check({ params: { name } }), ["esps"])
  const run = () =>
    void check.run(esp.name).then((end) => {
      if (!end.isDone) return
      const isBad = end.value.lastCheck?.findings.some(({ level }) => level === "error") === true
      say(fill(isBad ? words.checkedBad : words.checkedGood, { name: esp.name }), { isBad })
    })
  const { calls, circuit, hasNoSlot, lastCheck, lastFault, limits, name, openUntil, p95Seconds, provider, rejecting } =
    esp
  return (
    <section className="card esp" aria-labelledby={`esp-${name}`}>
      <div className="card-head">
        <div>
          <h2 id={`esp-${name}`}>{name}</h2>
          {provider === "" || provider === name ? null : <p className="quiet small">{provider}</p>}
        </div>
        <Badge tone={circuits[circuit]}>{words.circuit[circuit]}</Badge>
      </div>
      {circuit === "closed" ? null : (
        <p className={circuit === "open" ? "note bad" : "note"}>
          {circuit === "open" ? words.openLead : words.halfOpenLead}
          {openUntil === null ? null : (
            <strong> {fill(words.openUntil, { time: format.clock(openUntil.epochMilliseconds) })}</strong>
          )}
        </p>
      )}
      {rejecting ? <p className="note">{words.rejecting}</p> : null}
      {hasNoSlot ? <p className="note info">{words.noSlot}</p> : null}
      <dl className="facts">
        <div>
          <dt>{format.plural(words.p95Calls, calls)}</dt>
          <dd>{p95Seconds === null ? words.noCall : format.seconds(p95Seconds)}</dd>
        </div>
        <div>
          <dt>{words.lastFault}</dt>
          <dd>
            {lastFault === null ? (
              words.noFault
            ) : (
              <>
                <Reason reason={lastFault.reason} />{" "}
                <span className="quiet small nowrap">
                  <Time at={lastFault.at} />
                </span>
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>{words.limits}</dt>
          <dd>
            <Limits limits={limits} />
          </dd>
        </div>
        <div>
          <dt>{words.lastCheck}</dt>
          <dd>{lastCheck === null ? words.noCheck : <Time at={lastCheck.at} />}</dd>
        </div>
      </dl>
      {lastCheck === null ? null : (
        <ul className="findings">
          {lastCheck.findings.map(({ level, what }) => (
            <li key={what}>
              <Badge tone={levels[level]}>{words.level[level]}</Badge>
              <span>{what}</span>
            </li>
          ))}
        </ul>
      )}
      {check.cause === undefined ? null : <FaultNote cause={check.cause} />}
      <div className="row esp-foot">
        {may("esps:write") ? (
          <Button icon="reset" isWaiting={check.isWaiting} onClick={run}>
            {check.isWaiting ? words.checking : words.check}
          </Button>
        ) : null}
        {may("contacts:read") ? (
          <>
            <To className="button plain" to="/contacts" search={{ esp: name, state: "stuck" }}>
              {words.stuck}
            </To>
            <To className="button plain" to="/contacts" search={{ esp: name, state: "waiting" }}>
              {words.waiting}
            </To>
          </>
        ) : null}
      </div>
    </section>
  )
}

const days = 7

/** How long verdicts took lately, over all connections: the statistics do not tell them apart. */
const Lately = () => {
  const words = useWords().esps
  const format = useFormat()
  const may = useMay()
  const from = addDays(todayIn("UTC"), 1 - days)
  const lately = useQuery(
    may("statistics:read")
      ? Client.query("statistics", "overview", { query: { from, zone: "UTC" }, reactivityKeys: ["esps"] })
      : nothing
  )
  if (lately.value === undefined) return null
  const { contacts, verdictSeconds } = lately.value.total
  const { asked, unknown } = contacts
  return (
    <div className="card esp-lately">
      <div>
        <p className="quiet">{fill(words.p95, { days: format.number(days) })}</p>
        <p className="esp-figure">{verdictSeconds.p95 === null ? "—" : format.seconds(verdictSeconds.p95)}</p>
      </div>
      <div>
        <p className="quiet">{words.settled}</p>
        <p className="esp-figure">{asked === 0 ? "—" : format.percent(1 - unknown / asked)}</p>
      </div>
      <div>
        <p className="quiet">{words.unsettled}</p>
        <p className="esp-figure">{format.number(unknown)}</p>
      </div>
    </div>
  )
}

const Loading = () => (
  <div className="esps" aria-hidden="true">
    {[0, 1].map((card) => (
      <div key={card} className="card esp">
        <Bone width="40%" height={22} />
        <Bone width="100%" height={64} />
        <Bone width="70%" />
      </div>
    ))}
  </div>
)

/** The connections to ESPs: how each is, what it allows, and what its last check found. */
export const Esps = () => {
  const words = useWords().esps
  const esps = useEsps()
  useAgain("esps", 15_000)
  return (
    <Screen title={words.title} lead={words.lead} needs="esps:read">
      <Lately />
      <Loaded query={esps} skeleton={<Loading />}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="card">
              <Empty icon="contacts" title={words.emptyTitle} lead={words.emptyLead} />
            </div>
          ) : (
            <div className="esps">
              {items.map((esp) => (
                <Connection key={esp.name} esp={esp} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Screen>
  )
}
