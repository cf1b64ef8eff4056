import { useWords } from "../Speech.tsx"
import { ButtonLink } from "./Button.tsx"

/** What the filters show as a file, for spreadsheets and for programs. `query`: the filters, as the export takes them. */
export const Exports = (props: {
  readonly what: "plays" | "players" | "contacts"
  readonly query?: Readonly<Record<string, string>>
}) => {
  const words = useWords().shell.actions
  const to = (format: "csv" | "jsonl") =>
    `/api/v1/exports/${props.what}?${new URLSearchParams({ format, ...props.query }).toString()}`
  return (
    <>
      <ButtonLink icon="download" href={to("csv")} download>
        {words.export}
      </ButtonLink>
      <ButtonLink icon="download" href={to("jsonl")} download>
        {words.exportJson}
      </ButtonLink>
    </>
  )
}
