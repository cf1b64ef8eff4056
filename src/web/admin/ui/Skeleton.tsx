import { useWords } from "../Speech.tsx"

/** A grey place of a length, where text will stand. */
export const Bone = ({
  height = 14,
  width = "60%"
}: {
  readonly width?: string | number
  readonly height?: number
}) => <span className="bone" style={{ inlineSize: width, blockSize: height }} />

const widths = ["64%", "48%", "72%", "56%", "40%", "68%", "52%"]

/** What is loading, in the shape that it will have. */
export const Skeleton = ({ height = 20, rows = 5 }: { readonly rows?: number; readonly height?: number }) => (
  <div role="status" aria-label={useWords().shell.loading} style={{ display: "grid", gap: 14 }}>
    {Array.from({ length: rows }, (_, row) => (
      <Bone key={row} width={widths[row % widths.length] ?? "50%"} height={height} />
    ))}
  </div>
)

/** Rows of a list that is loading. */
export const RowSkeleton = ({ columns, rows }: { readonly rows: number; readonly columns: ReadonlyArray<string> }) => (
  <>
    {Array.from({ length: rows }, (_, row) => (
      <tr key={row} aria-hidden="true">
        {columns.map((className, column) => (
          <td key={column} className={className}>
            <Bone width={widths[(row + column * 3) % widths.length] ?? "50%"} />
          </td>
        ))}
      </tr>
    ))}
  </>
)
