import type { Funnel } from "../../../pages/FunnelApi.ts"
import { useFormat, useWords } from "../Speech.tsx"

/** Which pages the game was seen on. */
export const Origins = ({ origins }: Pick<Funnel, "origins">) => {
  const words = useWords().games.statistics
  const format = useFormat()
  return (
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
  )
}
