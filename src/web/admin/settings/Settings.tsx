import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { oneOf, type Raw, text } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"
import { Button } from "../ui/Button.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Check, TextField } from "../ui/Field.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { fill } from "../words/Words.ts"
import "./settings.css"

const read = (raw: Raw) => ({ q: text(raw["q"]) ?? "", only: oneOf(["set"], raw["only"]) })

const settingsQuery = Client.query("settings", "list", { reactivityKeys: ["settings"] })

type Setting = NonNullable<ReturnType<typeof useSettings>["value"]>["items"][number]

// Whoever may not see them is not refused by the service, but told by the screen.
const useSettings = () => useQuery(useMay()("settings:read") ? settingsQuery : nothing)

const Value = ({ setting }: { readonly setting: Setting }) => {
  const words = useWords().settings
  const { isSecret, isSet, value } = setting
  if (isSecret) return <Badge tone={isSet ? "good" : "mute"}>{isSet ? words.secretSet : words.secretUnset}</Badge>
  return (
    <>
      {value === null || value === "" ? (
        <span className="quiet">{words.empty}</span>
      ) : (
        <code className="setting-value" dir="ltr">
          {value}
        </code>
      )}
      {isSet ? (
        <>
          {" "}
          <Badge tone="info">{words.own}</Badge>
        </>
      ) : null}
    </>
  )
}

/** Code in sentences stands between backticks there. */
const Sentence = ({ children }: { readonly children: string }) => (
  <>{children.split("`").map((part, place) => (place % 2 === 0 ? part : <code key={place}>{part}</code>))}</>
)

const Group = (props: { readonly title: string; readonly settings: ReadonlyArray<Setting> }) => {
  const words = useWords().settings
  const format = useFormat()
  return (
    <section className="list settings" aria-label={props.title}>
      <header className="settings-head">
        <h2>{props.title}</h2>
        <span className="quiet small">{format.plural(words.count, props.settings.length)}</span>
      </header>
      <dl>
        {props.settings.map((setting) => (
          <div key={setting.name} className="setting">
            <dt>
              <code dir="ltr">{setting.name}</code>
            </dt>
            <dd className="setting-now">
              <Value setting={setting} />
              {setting.isSet && !setting.isSecret && setting.default !== "" ? (
                <span className="quiet small" style={{ display: "block" }}>
                  {words.default}: <code dir="ltr">{setting.default}</code>
                </span>
              ) : null}
            </dd>
            <dd className="quiet small setting-about" lang="en">
              <Sentence>{setting.description}</Sentence>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** What the process runs with, to read: settings come from its environment. */
export const Settings = () => {
  const words = useWords()
  const [{ only, q }, change] = useFilters(read)
  const settings = useSettings()
  const sought = q.toLowerCase()
  const isFiltered = q !== "" || only !== undefined
  return (
    <Screen title={words.settings.title} lead={words.settings.lead} needs="settings:read">
      <search className="bar" style={{ alignItems: "center" }}>
        <div className="grow">
          <TextField
            label={words.settings.search}
            isLabelHidden
            icon="search"
            type="search"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            placeholder={words.settings.search}
            value={q}
            onChange={(typed) => change({ q: typed === "" ? undefined : typed }, true)}
          />
        </div>
        <Check
          label={words.settings.changed}
          isChecked={only !== undefined}
          onChange={(isOnly) => change({ only: isOnly ? "set" : undefined }, true)}
        />
      </search>
      <Loaded
        query={settings}
        skeleton={
          <div className="card">
            <Skeleton rows={9} height={26} />
          </div>
        }
      >
        {({ items }) => {
          const found = items.filter(
            ({ description, isSet, name }) =>
              (only === undefined || isSet) && `${name}\n${description}`.toLowerCase().includes(sought)
          )
          if (found.length === 0 && isFiltered) {
            return (
              <div className="list">
                <Empty icon="search" title={words.settings.noneTitle} lead={words.settings.noneLead}>
                  <div className="row">
                    <Button icon="close" onClick={() => change({ q: undefined, only: undefined })}>
                      {words.shell.actions.clear}
                    </Button>
                  </div>
                </Empty>
              </div>
            )
          }
          const modules = [...new Set(found.map(({ module }) => module))]
          return (
            <div className="sections">
              {modules.map((module) => (
                <Group
                  key={module ?? ""}
                  title={module === null ? words.settings.common : fill(words.settings.module, { name: module })}
                  settings={found.filter((one) => one.module === module)}
                />
              ))}
            </div>
          )
        }}
      </Loaded>
    </Screen>
  )
}
