import type { Funnel } from "../../../pages/FunnelApi.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { fill } from "../words/Words.ts"
import "./funnel.css"

const steps = ["views", "starts", "plays", "consents"] as const

/** From seeing the game to playing it. */
export const FunnelSteps = ({ isOfAll = false, total }: Pick<Funnel, "total"> & { readonly isOfAll?: boolean }) => {
  const words = useWords().statistics
  const format = useFormat()
  const most = Math.max(1, ...steps.map((step) => total[step]))
  return (
    <section className="card" aria-labelledby="funnel">
      <div className="card-head">
        <h2 id="funnel">{words.funnel}</h2>
        <p className="quiet small">{words.funnelLead}</p>
      </div>
      <ol className="steps">
        {steps.map((step) => (
          <li key={step}>
            <span>{isOfAll && step === "views" ? words.viewsOfAll : words.steps[step]}</span>
            <span className="step-bar" aria-hidden="true">
              {total[step] === 0 ? null : (
                <span className={step} style={{ inlineSize: `${(total[step] / most) * 100}%` }} />
              )}
            </span>
            <span className="figures step-count">
              <strong>{format.number(total[step])}</strong>
              {/* Plays from elsewhere, such as a brand's own page, have no view. */}
              {step === "views" || total.views === 0 || total[step] > total.views ? null : (
                <span className="quiet small">
                  {fill(words.ofFirst, { share: format.percent(total[step] / total.views) })}
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
