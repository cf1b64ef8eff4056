import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useWords } from "../Speech.tsx"
import { errorAt, type FieldErrors } from "../ui/Checked.ts"
import { TextField } from "../ui/Field.tsx"
import { Select } from "../ui/Select.tsx"
import { ZoneField } from "../ui/ZoneField.tsx"
import { type GameDraft, limitKinds, windowUnits } from "./GameDraft.ts"

export interface Fields {
  readonly draft: GameDraft
  readonly errors: FieldErrors
  readonly isDisabled?: boolean
  readonly change: (changed: Partial<GameDraft>) => void
}

export const TimeFields = ({ change, draft, errors, isDisabled = false }: Fields) => {
  const words = useWords().games.form
  return (
    <>
      <ZoneField
        label={words.timeZone}
        hint={words.timeZoneHint}
        error={errorAt(errors, "timeZone")}
        isDisabled={isDisabled}
        value={draft.timeZone}
        onChange={(timeZone) => change({ timeZone })}
      />
      <div className="pair">
        <TextField
          label={words.opensAt}
          hint={words.opensAtHint}
          error={errorAt(errors, "opensAt")}
          type="datetime-local"
          disabled={isDisabled}
          value={draft.opensAt}
          onChange={(opensAt) => change({ opensAt: opensAt.slice(0, 16) })}
        />
        <TextField
          label={words.closesAt}
          hint={words.closesAtHint}
          error={errorAt(errors, "closesAt")}
          type="datetime-local"
          disabled={isDisabled}
          value={draft.closesAt}
          onChange={(closesAt) => change({ closesAt: closesAt.slice(0, 16) })}
        />
      </div>
    </>
  )
}

export const LimitFields = ({ change, draft, errors, isDisabled = false }: Fields) => {
  const words = useWords().games.form
  return (
    <>
      <Select
        label={words.limitKind}
        value={draft.limitKind}
        options={(isDisabled ? [draft.limitKind] : limitKinds).map((value) => ({
          value,
          label: words.limitKinds[value]
        }))}
        onChange={(limitKind) => change({ limitKind })}
      />
      {draft.limitKind === "none" ? null : (
        <div className="pair">
          <TextField
            label={words.limitPlays}
            error={errorAt(errors, "limit.plays")}
            type="number"
            inputMode="numeric"
            min={1}
            max={1_000_000}
            step={1}
            disabled={isDisabled}
            value={draft.limitPlays}
            onChange={(limitPlays) => change({ limitPlays })}
          />
          {draft.limitKind === "window" ? (
            <div className="amount">
              <TextField
                label={words.limitWindow}
                error={errorAt(errors, "limit.windowSeconds")}
                type="number"
                inputMode="numeric"
                min={1}
                step={1}
                disabled={isDisabled}
                value={draft.limitWindow}
                onChange={(limitWindow) => change({ limitWindow })}
              />
              <Select
                label={words.unit}
                value={draft.limitUnit}
                options={(isDisabled ? [draft.limitUnit] : windowUnits).map((value) => ({
                  value,
                  label: words.units[value]
                }))}
                onChange={(limitUnit) => change({ limitUnit })}
              />
            </div>
          ) : null}
        </div>
      )}
    </>
  )
}

/** The connection: one of those that there are, where the person may see them. */
export const EspField = ({ change, draft, errors, isDisabled = false }: Fields) => {
  const words = useWords().games.form
  const may = useMay()
  const esps = useQuery(may("esps:read") ? Client.query("esps", "list", { reactivityKeys: ["esps"] }) : nothing)
  const names: ReadonlyArray<string> = esps.value?.items.map(({ name }) => name) ?? []
  if (esps.value === undefined || isDisabled) {
    return (
      <TextField
        label={words.espLabel}
        error={errorAt(errors, "esp")}
        dir="ltr"
        disabled={isDisabled}
        value={draft.esp}
        onChange={(esp) => change({ esp })}
      />
    )
  }
  return (
    <div className="section">
      <Select
        label={words.espLabel}
        value={draft.esp}
        options={[...new Set([...names, draft.esp])].map((name) => ({ value: name, label: name }))}
        onChange={(esp) => change({ esp })}
      />
      {errorAt(errors, "esp") === undefined ? null : (
        <p className="error" role="alert">
          {errorAt(errors, "esp")}
        </p>
      )}
      {draft.esp === "sandbox" ? <p className="hint">{words.sandboxNote}</p> : null}
    </div>
  )
}
