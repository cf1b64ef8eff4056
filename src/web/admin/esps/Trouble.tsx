import { useAgain } from "../LiveStream.ts"
import { To } from "../Navigation.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { Icon } from "../ui/Icons.tsx"
import { fill } from "../words/Words.ts"
import { useEsps } from "./Connections.ts"
import "./trouble.css"

/** Which connections fail at the moment; nothing if none does. */
export const Trouble = () => {
  const words = useWords().esps
  const format = useFormat()
  const esps = useEsps().value?.items ?? []
  useAgain("esps", 15_000, esps.length > 0)
  const troubled = esps.filter(({ circuit }) => circuit !== "closed")
  const names = troubled.map(({ name, openUntil }) =>
    openUntil === null ? name : fill(words.troubleUntil, { name, time: format.clock(openUntil.epochMilliseconds) })
  )
  return (
    <div role="status">
      {names.length === 0 ? null : (
        <div className="note trouble">
          <Icon name="warning" />
          <p>
            {fill(words.trouble, { names: format.list(names) })} <To to="/esps">{words.show}</To>
          </p>
        </div>
      )}
    </div>
  )
}
