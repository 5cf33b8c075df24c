// What is chosen beside the filter: order, columns, size of a page; and the list as commands to copy.
import type { JSX } from 'preact'
import { ORDERS, PAGE_SIZES, type ListQuery } from '../address.js'
import { curlList, grpcurlList } from '../api/commands.js'
import type { ListRequest } from '../api/tasks-api.js'
import { useConsole } from '../parts/console-context.js'
import { CopyBox } from '../parts/copy-button.js'
import { Menu } from '../parts/menu.js'
import { COLUMNS, FIXED_COLUMN, toggled } from './columns.js'

interface ToolbarProps {
  readonly instance: string
  readonly query: ListQuery
  readonly request: ListRequest
  readonly onChange: (changed: Partial<ListQuery>) => void
}

/** The bar above the table. */
export function Toolbar({ instance, query, request, onChange }: ToolbarProps): JSX.Element {
  const { say, format, server } = useConsole()
  return (
    <div class="toolbar">
      <Choice label={say('sort')} value={query.order} options={ORDERS.map((order) => [order, say(order)])} onChange={(order) => onChange({ order })} />
      <Choice
        label={say('pageSize')}
        value={query.pageSize}
        options={PAGE_SIZES.map((size) => [size, format.number(size)])}
        onChange={(pageSize) => onChange({ pageSize })}
      />
      <Menu icon="columns" label={say('columns')}>
        <fieldset class="checks">
          <legend class="visually-hidden">{say('columns')}</legend>
          {COLUMNS.map((column) => (
            <label key={column}>
              <input
                type="checkbox"
                disabled={column === FIXED_COLUMN}
                checked={query.columns.includes(column)}
                onChange={() => onChange({ columns: toggled(query.columns, column), page: query.page })}
              />
              {say(column)}
            </label>
          ))}
        </fieldset>
      </Menu>
      <Menu icon="copy" label={say('copyAs')}>
        <CopyBox label="curl" text={curlList(server, instance, request)} />
        <CopyBox label="grpcurl" text={grpcurlList(server, instance, request)} />
        {request.filter !== undefined && request.filter !== '' && <CopyBox label="filter" text={request.filter} />}
      </Menu>
    </div>
  )
}

interface ChoiceProps<T extends string | number> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [value: T, text: string])[]
  readonly onChange: (value: T) => void
}

function Choice<T extends string | number>({ label, value, options, onChange }: ChoiceProps<T>): JSX.Element {
  const choose = (index: number): void => {
    const [chosen] = options[index] ?? []
    if (chosen !== undefined) onChange(chosen)
  }
  return (
    <label class="select">
      <span>{label}</span>
      <select onChange={(event) => choose(event.currentTarget.selectedIndex)}>
        {options.map(([option, text]) => (
          <option key={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
