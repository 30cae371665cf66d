/* The checks of docs as gates: docs.todo, docs.links, docs.versions. They are there where there is Markdown beside the changelog; they count fully where
 * slipway.yaml has a section `docs` or names them under `gates`, else what they find is a warning. */
#pragma once

#include "project/gates.h"

/* Adds those that are not among the gates nor named in rows (of `gates`; NULL: none). */
void doc_gates_add(const World *world, GPtrArray *gates, const json_t *rows);
bool doc_gates_wanted(const World *world); /* there is a section `docs` */

typedef struct {
    const char *version; /* that is being released; NULL: none */
    bool offline, update_baseline;
} DocGateChoice;
/* Parameters of the effect check-docs, but name, check, commit, required and log. New reference. */
json_t *doc_gates_params(const World *world, const Gate *gate, const DocGateChoice *choice);
