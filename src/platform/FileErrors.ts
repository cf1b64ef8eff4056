const explanations: Record<string, string> = {
  EACCES: "this user has no permission",
  EPERM: "this user has no permission",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file has become too large",
  EIO: "the disk cannot be read or written",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENOENT: "the directory does not exist",
  ENOTDIR: "a part of the path is a file, not a directory",
  ELOOP: "its symbolic links lead nowhere",
  ENAMETOOLONG: "the name is too long",
  EEXIST: "a file of that name is in the way",
  EISDIR: "a directory of that name is in the way"
}

/** Explains in words why a file cannot be created, read or written. `cause` is an error of `node:fs`. */
export const whyOf = (cause: unknown): string => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  return explanations[code] ?? (cause instanceof Error ? cause.message : String(cause))
}
