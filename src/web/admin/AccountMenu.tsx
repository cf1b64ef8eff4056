import { Menu } from "@base-ui/react/menu"
import { useAction } from "./Client.ts"
import { useIdentity } from "./Identity.tsx"
import { languages } from "./Language.ts"
import { useLanguage, useWords } from "./Speech.tsx"
import { useStore } from "./Store.ts"
import { chooseTheme, theme, themes } from "./Theme.ts"
import { Me } from "./Me.tsx"
import { Icon } from "./ui/Icons.tsx"
import { useOpening } from "./ui/Opening.ts"
import { say } from "./ui/Toast.tsx"
import { fill } from "./words/Words.ts"

const themeIcons = { system: "screen", light: "sun", dark: "moon" } as const

const Tick = ({ isOn }: { readonly isOn: boolean }) =>
  isOn ? (
    <span className="tick">
      <Icon name="tick" />
    </span>
  ) : null

/** Who is signed in; their account, theme and language; and the way out. It opens at once, because it is loaded by a click. */
export const AccountMenu = () => {
  const words = useWords().shell
  const { account } = useIdentity()
  const [language, speak] = useLanguage()
  const current = useStore(theme)
  const [isOpen, setOpen] = useOpening()
  const out = useAction((client) => client.session.signOut(), ["identity"])
  const leave = () =>
    void out.run(undefined).then(({ isDone }) => {
      if (isDone) location.assign("/sign-in?said=signed-out")
      else say(words.fault.unknown, { isBad: true, detail: words.fault.unknownLead })
    })
  return (
    <Menu.Root open={isOpen} onOpenChange={setOpen}>
      <Menu.Trigger className="me" aria-label={fill(words.account.menu, { name: account.name })}>
        <Me />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="positioner" positionMethod="fixed" sideOffset={8} side="top" align="start">
          <Menu.Popup className="popup" style={{ minInlineSize: 232 }}>
            <Menu.LinkItem className="item" href="/account">
              <Icon name="accounts" />
              <span className="item-label">{words.account.own}</span>
            </Menu.LinkItem>
            <div className="menu-line" />
            <Menu.RadioGroup value={current} onValueChange={(value) => chooseTheme(value as typeof current)}>
              <Menu.GroupLabel className="menu-head">{words.theme.title}</Menu.GroupLabel>
              {themes.map((one) => (
                <Menu.RadioItem key={one} value={one} className="item" closeOnClick={false}>
                  <Icon name={themeIcons[one]} />
                  <span className="item-label">{words.theme[one]}</span>
                  <Tick isOn={one === current} />
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            <div className="menu-line" />
            <Menu.RadioGroup value={language} onValueChange={(value) => speak(value as typeof language)}>
              <Menu.GroupLabel className="menu-head">{words.language.title}</Menu.GroupLabel>
              {languages.map((one) => (
                <Menu.RadioItem key={one} value={one} className="item" lang={one}>
                  <span className="item-label">{words.language[one]}</span>
                  <Tick isOn={one === language} />
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            <div className="menu-line" />
            <Menu.Item className="item" onClick={leave}>
              <Icon name="out" />
              <span className="item-label">{words.account.signOut}</span>
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
