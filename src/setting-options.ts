// The settings as options of a command line, each with its environment variable and its default.
import { Option } from 'commander'
import { SETTINGS, type SettingTexts } from './config.js'
import type { Setting } from './config/setting.js'

/** An option, and the name of its setting in the configuration. */
export interface SettingOption {
  readonly name: string
  readonly option: Option
}

/** An option for each setting. */
export function settingOptions(settings: Readonly<Record<string, Setting>>): SettingOption[] {
  return Object.entries(settings).map(([name, setting]) => ({ name, option: settingOption(setting) }))
}

/** The text of every setting; those without an option have their default. */
export function readSettingTexts(options: readonly SettingOption[], values: Readonly<Record<string, string>>): SettingTexts {
  const defaults = Object.entries<Setting>(SETTINGS).map(([name, { fallback }]) => [name, fallback])
  const given = options.map(({ name, option }) => [name, values[option.attributeName()] ?? ''])
  return Object.fromEntries([...defaults, ...given]) as SettingTexts
}

/** The option for one setting. */
export function settingOption({ flag, form, description, variable, fallback }: Setting): Option {
  return new Option(`--${flag} <${form}>`, description).env(variable).default(fallback)
}
