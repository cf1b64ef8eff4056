import { useFormat, useWords } from "../Speech.tsx"
import type { Verdict } from "../ui/Badge.tsx"

const verdicts = ["existed", "created", "rejected", "unknown"] as const satisfies ReadonlyArray<Verdict>

/** What became of the contacts, as shares of those that were asked for. */
export const Contacts = ({ counts }: { readonly counts: Readonly<Record<Verdict | "asked", number>> }) => {
  const words = useWords()
  const format = useFormat()
  const { asked } = counts
  return (
    <section className="card" aria-labelledby="overview-contacts">
      <div className="card-head">
        <h2 id="overview-contacts">{words.overview.contacts}</h2>
        {asked === 0 ? null : <p className="quiet small">{format.plural(words.overview.contactsLead, asked)}</p>}
      </div>
      {asked === 0 ? (
        <p className="quiet">{words.overview.noContacts}</p>
      ) : (
        <>
          <div className="shares" aria-hidden="true">
            {verdicts.map((verdict) =>
              counts[verdict] === 0 ? null : (
                <span key={verdict} className={`share ${verdict}`} style={{ flexGrow: counts[verdict] }} />
              )
            )}
          </div>
          <table className="share-table figures">
            <caption className="hidden">{words.overview.contacts}</caption>
            <tbody>
              {verdicts.map((verdict) => (
                <tr key={verdict}>
                  <th scope="row">
                    <span className={`share-key ${verdict}`} aria-hidden="true" />
                    {words.shell.verdict[verdict]}
                  </th>
                  <td>{format.number(counts[verdict])}</td>
                  <td className="quiet small">{format.percent(counts[verdict] / asked)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  )
}
