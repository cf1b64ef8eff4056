import { assert, it } from "@effect/vitest"
import { faultsOf } from "../support/PrometheusRules.ts"
import { read, rows, section } from "./Markdown.ts"

it("names each metric of the table as Prometheus' linter asks", () => {
  const families = rows(section(read("docs/operations.md"), "## Metrics")).map(([name, kind]) => ({
    name: name!.replaceAll("`", ""),
    kind: kind!.replace(/,.*$/, "")
  }))
  for (const { kind } of families) assert.include(["counter", "gauge", "histogram"], kind)
  assert.deepStrictEqual(families.flatMap(faultsOf), [])
})

it("knows a bad name", () => {
  const bad = [
    ["fairground_http_request_milliseconds", "histogram"],
    ["fairground_plays", "counter"],
    ["fairground_waiters_total", "gauge"],
    ["fairground_batch_count", "gauge"],
    ["fairground_heap_megabytes", "gauge"],
    ["fairground_lag_ms", "gauge"],
    ["fairground_playsNow", "gauge"],
    ["fairground_gauge_plays", "gauge"]
  ] as const
  for (const [name, kind] of bad) assert.lengthOf(faultsOf({ name, kind }), 1, name)
})
