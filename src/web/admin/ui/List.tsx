import type { AsyncResult, Atom } from "effect/reactivity"
import { type ReactNode, useState } from "react"
import { useQuery } from "../Client.ts"
import { type Change, Here } from "../Navigation.tsx"
import { useWords } from "../Speech.tsx"
import { Button } from "./Button.tsx"
import { Fault, FaultNote } from "./Fault.tsx"
import { RowSkeleton } from "./Skeleton.tsx"

/** The id of a row's link, which gets the focus when the row's drawer closes. */
export const rowId = (key: string): string => `row-${key}`

export interface Column<Item> {
  readonly title: string
  /** Numbers stand at the end of their column. */
  readonly isNumber?: boolean
  /** Left out where there is less room than this. */
  readonly from?: "phone" | "tablet"
  readonly isNarrow?: boolean
  /** `among`: the items of its page, which it may have to ask about together. */
  readonly cell: (item: Item, among: ReadonlyArray<Item>) => ReactNode
}

interface Page<Item> {
  readonly items: ReadonlyArray<Item>
  readonly nextCursor: unknown
}

/** Where a page begins, to be spread into the query: nothing for the first. `never` fits the cursors of all lists. */
export interface At {
  readonly cursor?: never
}

interface Rows<Item> {
  readonly columns: ReadonlyArray<Column<Item>>
  /** The query of the page that begins there. */
  readonly query: (at: At) => Atom.Atom<AsyncResult.AsyncResult<Page<Item>, unknown>>
  readonly keyOf: (item: Item) => string
  /** What a click on a row changes in the address. The first column is the link. */
  readonly link?: (item: Item) => Change
  /** The key of the row whose drawer is open. */
  readonly opened?: string | undefined
}

const first: At = {}

const atOf = (cursor: unknown): At => ({ cursor: cursor as never })

const classOf = <Item,>({ from, isNarrow, isNumber }: Column<Item>): string =>
  [from === undefined ? "" : `from-${from}`, isNumber === true ? "number" : "", isNarrow === true ? "nowrap" : ""]
    .filter((one) => one !== "")
    .join(" ")

const Row = <Item,>(props: {
  readonly item: Item
  readonly among: ReadonlyArray<Item>
  readonly id: string
  readonly columns: ReadonlyArray<Column<Item>>
  readonly change: Change | undefined
  readonly isOpened: boolean
}) => (
  <tr className={props.change === undefined ? undefined : "row-link"} data-open={props.isOpened || undefined}>
    {props.columns.map((column, place) => {
      const content = column.cell(props.item, props.among)
      return (
        <td key={column.title} className={classOf(column)}>
          {place === 0 && props.change !== undefined ? (
            <Here id={rowId(props.id)} className="row-anchor" change={props.change}>
              {content}
            </Here>
          ) : (
            content
          )}
        </td>
      )
    })}
  </tr>
)

/** One page and, once it is asked for, the next below it. Each page is a query of its own, cached and asked for again by its keys. */
const PageRows = <Item,>(props: Rows<Item> & { readonly at: At }) => {
  const { at, columns, keyOf, link, opened, query } = props
  const words = useWords().shell
  const page = useQuery(query(at))
  const [isMore, setMore] = useState(false)
  if (page.value === undefined) {
    if (page.cause === undefined) return <RowSkeleton rows={4} columns={columns.map(classOf)} />
    return (
      <tr>
        <td colSpan={columns.length}>
          <FaultNote cause={page.cause} />
          <p className="row" style={{ marginBlockStart: 10 }}>
            <Button icon="reset" onClick={page.retry}>
              {words.actions.retry}
            </Button>
          </p>
        </td>
      </tr>
    )
  }
  const { items, nextCursor } = page.value
  return (
    <>
      {items.map((item) => {
        const key = keyOf(item)
        return (
          <Row
            key={key}
            id={key}
            item={item}
            among={items}
            columns={columns}
            change={link?.(item)}
            isOpened={key === opened}
          />
        )
      })}
      {nextCursor === null ? null : isMore ? (
        <PageRows {...props} at={atOf(nextCursor)} />
      ) : (
        <More columns={columns.length} onMore={() => setMore(true)} />
      )}
    </>
  )
}

const More = (props: { readonly columns: number; readonly onMore: () => void }) => {
  const words = useWords().shell
  return (
    <tr>
      <td colSpan={props.columns} style={{ textAlign: "center" }}>
        <Button onClick={props.onMore}>{words.actions.more}</Button>
      </td>
    </tr>
  )
}

/**
 * A list in pages, with "Show more". Give it the filter as `key`, so that another filter begins a new list:
 *
 * ```tsx
 * <List key={q} caption={words.title} columns={columns} keyOf={({ id }) => id}
 *   query={(at) => Client.query("players", "list", { query: { …, ...at }, reactivityKeys: ["players"] })}
 *   link={({ id }) => ({ id })} opened={id} empty={<Empty … />} />
 * ```
 */
export const List = <Item,>(
  props: Rows<Item> & {
    /** What the list is, for those who do not see it. */
    readonly caption: string
    /** Shown in place of no rows. */
    readonly empty: ReactNode
  }
) => {
  const { caption, columns, empty, keyOf, link, opened, query } = props
  const words = useWords().shell
  const page = useQuery(query(first))
  const [isMore, setMore] = useState(false)
  const { cause, isWaiting, retry, value } = page
  if (value === undefined && cause !== undefined) {
    return (
      <div className="list">
        <Fault cause={cause} onRetry={retry} />
      </div>
    )
  }
  // A page that found nothing may have a next one: the service looks through a bounded number of rows at once.
  if (value !== undefined && value.items.length === 0 && value.nextCursor === null) {
    return <div className="list">{empty}</div>
  }
  return (
    <div className="list" aria-busy={isWaiting}>
      {cause === undefined ? null : <FaultNote cause={cause} />}
      <div className="list-scroll" role="region" aria-label={caption} tabIndex={0}>
        <table>
          <caption className="hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.title} scope="col" className={classOf(column)}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {value === undefined ? (
              <RowSkeleton rows={9} columns={columns.map(classOf)} />
            ) : (
              <>
                {value.items.map((item) => {
                  const key = keyOf(item)
                  return (
                    <Row
                      key={key}
                      id={key}
                      item={item}
                      among={value.items}
                      columns={columns}
                      change={link?.(item)}
                      isOpened={key === opened}
                    />
                  )
                })}
                {value.nextCursor === null ? null : isMore ? (
                  <PageRows
                    columns={columns}
                    query={query}
                    keyOf={keyOf}
                    opened={opened}
                    at={atOf(value.nextCursor)}
                    {...(link === undefined ? {} : { link })}
                  />
                ) : (
                  <More columns={columns.length} onMore={() => setMore(true)} />
                )}
              </>
            )}
          </tbody>
        </table>
      </div>
      <span className="hidden" role="status">
        {value === undefined ? words.loading : ""}
      </span>
    </div>
  )
}
