import { textIn } from "../../../pages/Languages.ts"
import { useWords } from "../Speech.tsx"
import { Button, IconButton } from "../ui/Button.tsx"
import { errorAt } from "../ui/Checked.ts"
import { TextField } from "../ui/Field.tsx"
import { fill } from "../words/Words.ts"
import { Part } from "./Form.tsx"
import type { PageFields } from "./PageFields.ts"
import { newOption, newQuestion, type Question, withText } from "./PageDraft.ts"

const mostQuestions = 50
const leastOptions = 2
const mostOptions = 6

const QuestionCard = (props: PageFields & { readonly question: Question; readonly at: number }) => {
  const { at, change, errors, isDisabled, language, page, question } = props
  const words = useWords().games.look
  const path = `questions.${at}`
  const languages = [language, ...page.languages]
  const replace = (changed: Partial<Question>) =>
    change({ questions: page.questions.map((one, place) => (place === at ? { ...one, ...changed } : one)) })
  const { options } = question
  return (
    <li className="item-card">
      <TextField
        label={fill(words.question, { number: at + 1 })}
        error={errorAt(errors, `${path}.text`)}
        maxLength={300}
        autoComplete="off"
        lang={language}
        dir="auto"
        disabled={isDisabled}
        placeholder={textIn(question.text, languages)}
        value={question.text[language] ?? ""}
        onChange={(text) => replace({ text: withText(question.text, language, text) })}
      />
      <fieldset className="options">
        <legend className="hint">{words.right}</legend>
        {options.map((option, nth) => (
          <div key={option.id} className="option">
            <input
              type="radio"
              name={`right-${question.id}`}
              aria-label={`${words.right}: ${fill(words.option, { number: nth + 1 })}`}
              checked={question.right === option.id}
              disabled={isDisabled}
              onChange={() => replace({ right: option.id })}
            />
            <TextField
              label={fill(words.option, { number: nth + 1 })}
              isLabelHidden
              error={errorAt(errors, `${path}.options.${nth}`)}
              maxLength={150}
              autoComplete="off"
              lang={language}
              dir="auto"
              disabled={isDisabled}
              placeholder={textIn(option.text, languages) || fill(words.option, { number: nth + 1 })}
              value={option.text[language] ?? ""}
              onChange={(text) =>
                replace({
                  options: options.map((one) =>
                    one.id === option.id ? { ...one, text: withText(one.text, language, text) } : one
                  )
                })
              }
            />
            {isDisabled || options.length <= leastOptions ? null : (
              <IconButton
                icon="close"
                isSmall
                label={fill(words.optionRemove, { number: nth + 1 })}
                onClick={() => {
                  const left = options.filter(({ id }) => id !== option.id)
                  replace({
                    options: left,
                    ...(question.right === option.id ? { right: left[0]?.id ?? "" } : {})
                  })
                }}
              />
            )}
          </div>
        ))}
      </fieldset>
      {errorAt(errors, `${path}.right`) === undefined ? null : (
        <p className="error" role="alert">
          {errorAt(errors, `${path}.right`)}
        </p>
      )}
      {isDisabled ? null : (
        <div className="row">
          {options.length >= mostOptions ? null : (
            <Button icon="plus" isSmall onClick={() => replace({ options: [...options, newOption(options)] })}>
              {words.optionAdd}
            </Button>
          )}
          {page.questions.length < 2 ? null : (
            <Button
              icon="bin"
              isSmall
              look="danger"
              onClick={() => change({ questions: page.questions.filter(({ id }) => id !== question.id) })}
            >
              {fill(words.questionRemove, { number: at + 1 })}
            </Button>
          )}
        </div>
      )}
    </li>
  )
}

/** The questions of a quiz, each with the answers to choose from. */
export const QuestionFields = (props: PageFields) => {
  const { change, errors, isDisabled, page } = props
  const words = useWords().games.look
  return (
    <Part id="questions" title={words.questions}>
      <ol className="items">
        {page.questions.map((question, at) => (
          <QuestionCard key={question.id} {...props} question={question} at={at} />
        ))}
      </ol>
      {errors["questions"] === undefined ? null : (
        <p className="error" role="alert">
          {errors["questions"]}
        </p>
      )}
      {isDisabled || page.questions.length >= mostQuestions ? null : (
        <div className="row">
          <Button icon="plus" onClick={() => change({ questions: [...page.questions, newQuestion(page.questions)] })}>
            {words.questionAdd}
          </Button>
        </div>
      )}
    </Part>
  )
}
