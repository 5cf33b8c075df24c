// The comments of a schema: what its authors wrote above services, methods, messages, fields and enums.
import type { DescEnum, DescEnumValue, DescField, DescFile, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf'

/** Something that can carry a comment. */
export type Commented = DescEnum | DescEnumValue | DescField | DescMessage | DescMethod | DescService

/** The comment above an element, without its margins; empty when there is none or the schema was compiled without comments. */
export function commentOf(element: Commented): string {
  return commentsOf(fileOf(element)).get(pathOf(element).join('.')) ?? ''
}

/** The first sentence of a comment. */
export function firstSentence(comment: string): string {
  return /^[^]*?[.!?](?=\s|$)/.exec(comment)?.[0].replaceAll('\n', ' ') ?? comment.split('\n\n')[0] ?? ''
}

const READ = new WeakMap<DescFile, ReadonlyMap<string, string>>()

function commentsOf(file: DescFile): ReadonlyMap<string, string> {
  const known = READ.get(file)
  if (known !== undefined) return known
  const locations = file.proto.sourceCodeInfo?.location ?? []
  const comments = new Map(
    locations.map(({ path, leadingComments }): [string, string] => [path.join('.'), tidy(leadingComments)]),
  )
  READ.set(file, comments)
  return comments
}

/** One blank line between paragraphs; lines of a paragraph joined, as Markdown would. */
function tidy(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^ /, '').trimEnd())
    .join('\n')
    .trim()
}

function fileOf(element: Commented): DescFile {
  if (element.kind === 'enum_value') return element.parent.file
  if (element.kind === 'field') return element.parent.file
  return element.kind === 'rpc' ? element.parent.file : element.file
}

/** Where an element stands in its file. Source: SourceCodeInfo in google/protobuf/descriptor.proto. */
function pathOf(element: Commented): readonly number[] {
  switch (element.kind) {
    case 'service':
      return [6, element.file.services.indexOf(element)]
    case 'rpc':
      return [...pathOf(element.parent), 2, element.parent.methods.findIndex(({ proto }) => proto === element.proto)]
    case 'message':
      return element.parent === undefined
        ? [4, element.file.messages.indexOf(element)]
        : [...pathOf(element.parent), 3, element.parent.proto.nestedType.indexOf(element.proto)]
    case 'enum':
      return element.parent === undefined
        ? [5, element.file.enums.indexOf(element)]
        : [...pathOf(element.parent), 4, element.parent.proto.enumType.indexOf(element.proto)]
    case 'field':
      return [...pathOf(element.parent), 2, element.parent.proto.field.indexOf(element.proto)]
    case 'enum_value':
      return [...pathOf(element.parent), 2, element.parent.proto.value.indexOf(element.proto)]
  }
}
