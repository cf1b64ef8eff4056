/**
 * Puts the git hooks of lefthook.yml in place after an install, and is silent wherever there is nothing to put them in: an
 * image or a tarball without .git, `--omit=dev`, CI, a checkout whose owner has hooks of their own.
 */
import { spawnSync } from "node:child_process"
import fs from "node:fs"
import path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const lefthook = path.join(root, "node_modules", "lefthook", "bin", "index.js")

const isOn = (value) => Boolean(value) && value !== "0" && value !== "false"

/** lefthook refuses to install beside core.hooksPath, and would be right to: those hooks are somebody's own. */
const hasOwnHooks = () =>
  spawnSync("git", ["config", "--get", "core.hooksPath"], { cwd: root, encoding: "utf8" }).stdout?.trim() !== ""

const isWanted =
  !isOn(process.env.CI) &&
  process.env.LEFTHOOK !== "0" &&
  fs.existsSync(path.join(root, ".git")) &&
  fs.existsSync(lefthook)

if (isWanted && !hasOwnHooks()) {
  const end = spawnSync(process.execPath, [lefthook, "install"], { cwd: root, encoding: "utf8" })
  // Never fails an install: without the hooks a commit is checked later, by CI.
  if (end.status !== 0)
    process.stderr.write("The git hooks were not installed: " + (end.stderr || "lefthook did not start") + "\n")
}
