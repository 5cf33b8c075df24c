// PLACEHOLDER until the gateway lands
import express, { type Express } from 'express'
import type { ApiMethod } from '../api/api-method.js'
import type { Dispatcher, FaultReport } from '../api/dispatcher.js'
export function restApp(_methods: readonly ApiMethod[], _dispatcher: Dispatcher, _report: FaultReport): Express {
  return express()
}
