import type { ComponentPropsWithRef, ReactNode } from "react"
import type { IconName } from "./IconName.ts"
import { Icon } from "./Icons.tsx"

interface Look {
  /** `main`: what most people come for, once a screen. `danger`: takes something away. `plain`: beside others. */
  readonly look?: "main" | "danger" | "plain" | "danger main"
  readonly isSmall?: boolean
  readonly icon?: IconName
}

const classOf = ({ isSmall, look }: Look, isIcon = false): string =>
  ["button", look, isSmall === true ? "small" : undefined, isIcon ? "icon" : undefined]
    .filter((one) => one !== undefined)
    .join(" ")

/** A button with words. While `isWaiting` it stays focused and does nothing. */
export const Button = ({
  children,
  icon,
  isSmall,
  isWaiting = false,
  look,
  onClick,
  ...rest
}: Look & { readonly isWaiting?: boolean; readonly children: ReactNode } & Omit<
    ComponentPropsWithRef<"button">,
    "className"
  >) => (
  <button
    type="button"
    {...rest}
    className={classOf({ ...(look === undefined ? {} : { look }), ...(isSmall === undefined ? {} : { isSmall }) })}
    aria-disabled={isWaiting || undefined}
    onClick={(event) => {
      if (isWaiting) event.preventDefault()
      else onClick?.(event)
    }}
  >
    {icon === undefined ? null : <Icon name={icon} />}
    {children}
  </button>
)

/** A button that is only a picture, with words for those who do not see it. */
export const IconButton = ({
  icon,
  isSmall,
  label,
  look = "plain",
  ...rest
}: Omit<Look, "icon"> & { readonly icon: IconName; readonly label: string } & Omit<
    ComponentPropsWithRef<"button">,
    "className" | "children"
  >) => (
  <button
    type="button"
    {...rest}
    className={classOf({ look, ...(isSmall === undefined ? {} : { isSmall }) }, true)}
    aria-label={label}
    title={label}
  >
    <Icon name={icon} />
  </button>
)

/** A link that looks like a button, to another page of the service or to a file. */
export const ButtonLink = ({
  children,
  icon,
  isSmall,
  look,
  ...rest
}: Look & { readonly children: ReactNode } & Omit<ComponentPropsWithRef<"a">, "className">) => (
  <a
    {...rest}
    className={classOf({ ...(look === undefined ? {} : { look }), ...(isSmall === undefined ? {} : { isSmall }) })}
  >
    {icon === undefined ? null : <Icon name={icon} />}
    {children}
  </a>
)
