/* What came of a run, on stdout. */
#pragma once

#include "engine/engine.h"

void summary_print(const Engine *engine);
/* {schema, run, release, state, crossed, results: {effect: result}, error}. problem: borrowed, NULL when it is done. */
void summary_print_json(const Engine *engine, const GError *problem);
