/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The connection table. */
#ifndef WEIR_CONNECTION_H
#define WEIR_CONNECTION_H

#include "connection/end.h"
#include "connection/find.h"
#include "connection/see.h"

#endif
