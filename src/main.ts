#!/usr/bin/env node
// The front door of the command line: `taskplane serve` and the commands of the client.
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { cancelCommand, pauseCommand, resumeCommand } from './cli/control-commands.js'
import { describeError } from './cli/describe-error.js'
import { waitCommand, watchCommand } from './cli/follow-commands.js'
import { eventsCommand, treeCommand } from './cli/history-commands.js'
import { countCommand, getCommand, listCommand } from './cli/read-commands.js'
import { runCommand } from './cli/run-command.js'
import {
  completeCommand,
  createCommand,
  deleteCommand,
  failCommand,
  startCommand,
} from './cli/write-commands.js'
import { backupCommand, restoreCommand } from './backup-command.js'
import { keepCallsYoung } from './base/short-lived-objects.js'
import { doctorCommand } from './doctor-command.js'
import { gatewayCommand } from './gateway-command.js'
import { migrateCommand } from './migrate-command.js'
import { serveCommand } from './serve.js'

keepCallsYoung()

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('taskplane')
  .description('Records long-running work, and lets everybody follow it.')
  .version(version)
  .enablePositionalOptions()
  .addCommand(serveCommand(version))
  .addCommand(migrateCommand())
  .addCommand(gatewayCommand())
  .addCommand(doctorCommand(version))
  .addCommand(backupCommand())
  .addCommand(restoreCommand())
  .addCommand(runCommand())
  .addCommand(listCommand())
  .addCommand(countCommand())
  .addCommand(getCommand())
  .addCommand(createCommand())
  .addCommand(startCommand())
  .addCommand(completeCommand())
  .addCommand(failCommand())
  .addCommand(deleteCommand())
  .addCommand(cancelCommand())
  .addCommand(pauseCommand())
  .addCommand(resumeCommand())
  .addCommand(waitCommand())
  .addCommand(watchCommand())
  .addCommand(eventsCommand())
  .addCommand(treeCommand())

for (const output of [process.stdout, process.stderr]) output.on('error', onOutputError)

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`taskplane: ${describeError(error)}\n`)
  process.exitCode = 1
}

/** A reader that has gone, as in `taskplane list | head -1`, is no failure of ours; a full disk is one. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') process.exitCode = 1
}
