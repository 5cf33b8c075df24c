// A schema from files: protos compiled by buf, or a descriptor set that somebody else compiled.
import { execFile } from 'node:child_process'
import { access, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { readSchema } from '../base/proto-json/type-source.js'

const run = promisify(execFile)

/** A compiled schema is at most this long. */
const MAX_SCHEMA_BYTES = 64 * 1024 * 1024

/** How long compiling may take. */
const COMPILE_TIMEOUT_MS = 60_000

/**
 * The encoded descriptor set of proto files and all they import, with comments. `protoPaths` are the folders that imports
 * are found in; each file lies in one of them, and is named from the working directory or as an import is. google/api/annotations.proto need not be there. Needs buf: the npm package @bufbuild/buf,
 * or a program `buf` in the PATH. Throws Error with what buf says when the files do not compile.
 */
export async function compileProtos(files: readonly string[], protoPaths: readonly string[]): Promise<Uint8Array> {
  // The root is the only folder that all paths are in, wherever they lie; buf reads only what it is told to.
  const modules = [...protoPaths.map((path) => ({ path: rooted(path) })), ...(await annotationsModule(protoPaths))]
  const targets = (await Promise.all(files.map((file) => locate(file, protoPaths)))).flatMap((file) => ['--path', file])
  const args = [
    'build',
    '/',
    '--config',
    JSON.stringify({ version: 'v2', modules }),
    ...targets,
    '--as-file-descriptor-set',
    '-o',
    '-',
  ]
  try {
    const { stdout } = await run(await bufProgram(), args, {
      encoding: 'buffer',
      maxBuffer: MAX_SCHEMA_BYTES,
      timeout: COMPILE_TIMEOUT_MS,
    })
    return stdout
  } catch (error) {
    throw new Error(`Cannot compile ${files.join(', ')}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Where a proto file is: as it is named, or under the first folder that has it. */
async function locate(file: string, protoPaths: readonly string[]): Promise<string> {
  for (const candidate of [file, ...protoPaths.map((path) => join(path, file))]) {
    const isThere = await access(candidate).then(
      () => true,
      () => false,
    )
    if (isThere) return resolve(candidate)
  }
  throw new Error(`Cannot find ${file}, neither here nor in ${protoPaths.join(', ') || 'any folder of imports'}`)
}

/**
 * The descriptor set in a file, such as `protoc --include_imports --descriptor_set_out` or `buf build` write. Throws
 * Error when it is none.
 */
export async function readDescriptorSet(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file)
  try {
    readSchema(bytes)
  } catch (error) {
    throw new Error(`${file} is not a descriptor set with all its imports`, { cause: error })
  }
  return bytes
}

/** A folder as buf names it from the root. */
function rooted(path: string): string {
  return resolve(path).slice(1)
}

/** The module that google/api/annotations.proto is in, unless a folder of the caller has it. */
async function annotationsModule(protoPaths: readonly string[]): Promise<{ path: string; includes: string[] }[]> {
  const present = await Promise.allSettled(protoPaths.map((path) => access(join(path, 'google/api/annotations.proto'))))
  if (present.some(({ status }) => status === 'fulfilled')) return []
  // @grpc/proto-loader brings the package along.
  const root = dirname(createRequire(import.meta.url).resolve('protobufjs/package.json'))
  return [{ path: rooted(root), includes: [rooted(join(root, 'google/api'))] }]
}

async function bufProgram(): Promise<string> {
  try {
    const manifest = createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')
    const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { bin: { buf: string } }
    return join(dirname(manifest), bin.buf)
  } catch {
    return 'buf'
  }
}

function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'buf failed'
  if ('code' in error && error.code === 'ENOENT') return 'buf is not here: npm install @bufbuild/buf, or give a descriptor set'
  if ('stderr' in error && error.stderr instanceof Buffer && error.stderr.length > 0) return error.stderr.toString().trim()
  return error instanceof Error ? error.message : 'buf failed'
}
