import { useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { Code } from "../ui/Copy.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { fill } from "../words/Words.ts"

/** The link of an invitation where no mail takes it there. It is shown this once. */
export const HandOver = (props: { readonly email: string; readonly link: string; readonly onClose: () => void }) => {
  const words = useWords()
  return (
    <Dialog
      isOpen
      title={fill(words.accounts.linkTitle, { email: props.email })}
      onClose={props.onClose}
      feet={
        <Button look="main" onClick={props.onClose}>
          {words.accounts.linkDone}
        </Button>
      }
    >
      <p>{words.accounts.linkLead}</p>
      <Code text={props.link} label={words.accounts.link} />
    </Dialog>
  )
}
