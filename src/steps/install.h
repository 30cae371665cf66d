/* The install and the upgrade test of a package: what steps that build packages add behind prove/packages. */
#pragma once

#include "steps/step.h"

typedef struct {
    const char *name;    /* key under packages:, part of the effects' ids */
    const char *kind;    /* python npm cargo go command archive */
    const char *version; /* that it must have, as its manifest writes it; NULL: as the project's do */
    const char *package; /* its own name, or NULL */
    const char *python;  /* interpreter, or NULL */
    json_t *settings;    /* packages.NAME, or NULL; borrowed */
} PackageRecipe;

/* Adds follow/install/NAME, which needs follow/published: installed as anybody has it, from the forge (its parameters). files: as the plan has them. */
void release_add_published_install(Release *release, Plan *plan, const PackageRecipe *recipe, const json_t *forge, json_t *files);
/* Adds prove/install/NAME and prove/upgrade/NAME, which need prove/packages and take their files from prove/artifacts; or says why not. */
void release_add_install(Release *release, Plan *plan, const PackageRecipe *recipe);
