import type { Funnel as Facts } from "../../../pages/FunnelApi.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { fill } from "../words/Words.ts"

const steps = ["views", "starts", "plays", "consents"] as const

/** From seeing the game to playing it, and which pages it was seen on. */
export const Funnel = ({ facts }: { readonly facts: Facts }) => {
  const words = useWords().games.statistics
  const format = useFormat()
  const { origins, total } = facts
  const most = Math.max(1, ...steps.map((step) => total[step]))
  return (
    <>
      <section className="card" aria-labelledby="game-funnel">
        <div className="card-head">
          <h2 id="game-funnel">{words.funnel}</h2>
          <p className="quiet small">{words.funnelLead}</p>
        </div>
        <ol className="steps">
          {steps.map((step) => (
            <li key={step}>
              <span>{words.steps[step]}</span>
              <span className="step-bar" aria-hidden="true">
                {total[step] === 0 ? null : (
                  <span className={step} style={{ inlineSize: `${(total[step] / most) * 100}%` }} />
                )}
              </span>
              <span className="figures step-count">
                <strong>{format.number(total[step])}</strong>
                {step === "views" || total.views === 0 ? null : (
                  <span className="quiet small">
                    {fill(words.ofFirst, { share: format.percent(total[step] / total.views) })}
                  </span>
                )}
              </span>
            </li>
          ))}
        </ol>
      </section>
      <section className="card" aria-labelledby="game-origins">
        <h2 id="game-origins">{words.origins}</h2>
        {origins.length === 0 ? (
          <p className="quiet">{words.noViews}</p>
        ) : (
          <div className="list-scroll origins" role="region" aria-label={words.originTable} tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.origin}</th>
                  <th scope="col" className="number">
                    {words.views}
                  </th>
                  <th scope="col" className="number">
                    {words.starts}
                  </th>
                  <th scope="col" className="number">
                    {words.consents}
                  </th>
                </tr>
              </thead>
              <tbody>
                {origins.map(({ consents, origin, starts, views }) => (
                  <tr key={origin}>
                    <th scope="row">
                      {origin === "" ? words.direct : origin === "other" ? words.rest : <span dir="ltr">{origin}</span>}
                    </th>
                    <td className="number">{format.number(views)}</td>
                    <td className="number">{format.number(starts)}</td>
                    <td className="number">{format.number(consents)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </>
  )
}
