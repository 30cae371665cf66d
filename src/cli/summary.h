/* What came of a run, on stdout. */
#pragma once

#include "cli/session.h"
#include "engine/engine.h"

void summary_print(const Engine *engine, const Session *session);
/* {schema, run, release, state, crossed, results: {effect: result}, stays, left, error}. problem: borrowed, NULL when it is done. stays: of an aborted
 * one, see cli/stays.h; null: nothing. left: see cli/left.h. */
void summary_print_json(const Engine *engine, const Session *session, const GError *problem);
