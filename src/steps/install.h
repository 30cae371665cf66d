/* Trying what was built: install and upgrade tests of one package. */
#pragma once

#include "steps/step.h"

typedef struct {
    const char *name;    /* among the project's packages: prove/install/NAME */
    const char *kind;    /* python, npm, cargo, … */
    const char *package; /* what it is called where it is published; NULL: not known */
    const char *python;  /* the interpreter it is tried with; NULL: it is none for Python */
    json_t *settings;    /* packages.NAME; borrowed */
} PackageRecipe;

/* Adds prove/install/NAME and what follows of it after publishing. prove/artifacts and prove/packages are there. */
void release_add_install(Release *release, Plan *plan, const PackageRecipe *recipe);
