/* What came of a run, on stdout. */
#pragma once

#include "engine/engine.h"
#include "git/git.h"

/* git: asked what an aborted release leaves on the remote */
void summary_print(const Engine *engine, const Git *git);
/* {schema, run, release, state, crossed, results: {effect: result}, stays, error}. problem: borrowed, NULL when it is done. stays: of an aborted one, see
 * cli/stays.h; null: nothing. */
void summary_print_json(const Engine *engine, const Git *git, const GError *problem);
