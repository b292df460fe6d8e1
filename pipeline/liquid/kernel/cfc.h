/* CfC, see pipeline/liquid/cfc.py for the equations. Neurons are computed one after another in the order of layers;
   a table says for each synapse whether it hears the state before or after the step. */

INLINE int64_t cfc_synapses(const CfcCall *call, const CfcTable *table) { return table->start[call->units]; }

int64_t cfc_packed_size(const CfcCall *call) {
  return call->curve_table.curves * cfc_synapses(call, &call->curve_table) +
         call->gate_table.curves * cfc_synapses(call, &call->gate_table);
}

/* Find the array of a table, and the place in it, that holds one weight of one curve. */
INLINE int64_t cfc_find(const CfcTable *table, int64_t place, int64_t curve, int *array) {
  for (*array = 0; place >= table->widths[*array]; ++*array) place -= table->widths[*array];
  return curve * table->widths[*array] + place;
}

static REAL *cfc_pack_table(const CfcCall *call, const CfcTable *table, REAL *to) {
  for (int64_t k = 0; k < cfc_synapses(call, table); k++)
    for (int64_t curve = 0; curve < table->curves; curve++) {
      int array;
      int64_t at = cfc_find(table, table->place[k], curve, &array);
      *to++ = ((const REAL *)table->weights[array])[at];
    }
  return to;
}

void cfc_pack(const CfcCall *call) {
  REAL *to = cfc_pack_table(call, &call->curve_table, call->packed);
  cfc_pack_table(call, &call->gate_table, to);
}

/* The sums over one neuron's synapses of a table with one or two curves. */
INLINE void cfc_hear(const CfcTable *table, const REAL *packed, int64_t position, const vec *from, vec *sums) {
  vec first = sums[0], second = table->curves > 1 ? sums[1] : (vec){0};
  if (table->curves == 2) {
    for (int64_t k = table->start[position]; k < table->start[position + 1]; k++) {
      vec heard = from[table->source[k]];
      first += heard * packed[2 * k];
      second += heard * packed[2 * k + 1];
    }
    sums[1] = second;
  } else {
    for (int64_t k = table->start[position]; k < table->start[position + 1]; k++)
      first += from[table->source[k]] * packed[k];
  }
  sums[0] = first;
}

INLINE void cfc_hear_back(const CfcTable *table, const REAL *packed, int64_t position, const vec *from,
                                const vec *grads, vec *from_grad, vec *weight_sums) {
  vec first = grads[0];
  if (table->curves == 2) {
    vec second = grads[1];
    for (int64_t k = table->start[position]; k < table->start[position + 1]; k++) {
      int32_t source = table->source[k];
      vec heard = from[source];
      from_grad[source] += first * packed[2 * k] + second * packed[2 * k + 1];
      weight_sums[2 * k] += heard * first;
      weight_sums[2 * k + 1] += heard * second;
    }
  } else {
    for (int64_t k = table->start[position]; k < table->start[position + 1]; k++) {
      from_grad[table->source[k]] += first * packed[k];
      weight_sums[k] += from[table->source[k]] * first;
    }
  }
}

/* One step of all neurons. z: features, states before, states after. trace: per position what the way back needs. */
INLINE void cfc_step(const CfcCall *call, const REAL *curves, const REAL *gates, vec seconds, vec *z, vec *trace) {
  int64_t units = call->units;
  const REAL *bias = call->bias, *w_tau = call->w_tau, *amplitude = call->amplitude;
  for (int64_t position = 0; position < units; position++) {
    int64_t j = call->order[position];
    vec ends[2] = {splat(bias[j]), {0}}, gate[2] = {{0}, {0}}, after;
    if (call->mode == 2) {
      cfc_hear(&call->curve_table, curves, position, z, ends);
      vec rate = absolute(ends[0]) + absolute(splat(w_tau[j]));
      vec left = power_of_two(seconds * rate * -LOG2E);
      after = amplitude[j] - left * ends[0] * amplitude[j];
      if (trace) {
        trace[4 * position] = ends[0];
        trace[4 * position + 1] = left;
        trace[4 * position + 2] = rate;
      }
    } else {
      ends[1] = splat(bias[units + j]);
      gate[0] = splat(bias[2 * units + j]);
      gate[1] = splat(bias[3 * units + j]);
      cfc_hear(&call->curve_table, curves, position, z, ends);
      cfc_hear(&call->gate_table, gates, position, z, gate);
      vec from = hyperbolic(ends[0]), to = hyperbolic(ends[1]), share = sigmoid(gate[0] * seconds + gate[1]);
      after = from + share * (call->mode == 1 ? to : to - from);
      if (trace) {
        trace[4 * position] = from;
        trace[4 * position + 1] = to;
        trace[4 * position + 2] = share;
        trace[4 * position + 3] = gate[0];
      }
    }
    z[call->features + units + j] = after;
  }
}

int cfc_forward(const CfcCall *call) {
  int64_t units = call->units, features = call->features, steps = call->steps, motors = call->motors;
  vec *z = reserve((size_t)(features + 2 * units + motors + 1));
  if (!z) return 1;
  vec *before = z + features, *after = before + units, *motor = after + units, *seconds = motor + motors;
  const REAL *curves = call->packed, *gates = curves + call->curve_table.curves * call->curve_table.start[units];
  const REAL *output_w = call->output_w, *output_b = call->output_b, *start = call->start;
  for (int64_t first = 0; first < call->batch; first += LANES) {
    int64_t lanes = call->batch - first < LANES ? call->batch - first : LANES;
    take(start ? start + first * units : NULL, units, lanes, units, after);
    for (int64_t t = 0; t < steps; t++) {
      int64_t row = first * steps + t;
      memcpy(before, after, (size_t)units * sizeof(vec));
      take((const REAL *)call->x + row * features, steps * features, lanes, features, z);
      take((const REAL *)call->time + row, steps, lanes, 1, seconds);
      cfc_step(call, curves, gates, *seconds * (REAL)call->time_scale, z, NULL);
      for (int64_t j = 0; j < motors; j++) motor[j] = output_w ? after[j] * output_w[j] + output_b[j] : after[j];
      put(after, steps * units, lanes, units, (REAL *)call->states + row * units);
      put(motor, steps * motors, lanes, motors, (REAL *)call->motor + row * motors);
    }
  }
  free(z);
  return 0;
}

typedef struct {
  vec *z, *z_grad, *trace, *motor_grad, *states_grad, *seconds;
  vec *curve_sums, *gate_sums, *bias_sums, *pure_sums, *output_sums;
} CfcWork;

static vec *cfc_reserve(const CfcCall *call, CfcWork * work) {
  int64_t units = call->units, sources = call->features + 2 * units;
  vec **fields[] = {&work->z, &work->z_grad, &work->trace, &work->motor_grad, &work->states_grad, &work->seconds,
                    &work->curve_sums, &work->gate_sums, &work->bias_sums, &work->pure_sums, &work->output_sums};
  int64_t sizes[] = {sources, sources, 4 * units, call->motors, units, 2,
                     2 * call->curve_table.start[units], 2 * call->gate_table.start[units], 4 * units, 2 * units,
                     2 * call->motors};
  int64_t total = 0, count = (int64_t)(sizeof sizes / sizeof *sizes);
  for (int64_t i = 0; i < count; i++) total += sizes[i];
  vec *memory = reserve((size_t)total), *next = memory;
  for (int64_t i = 0; memory && i < count; next += sizes[i++]) *fields[i] = next;
  return memory;
}

/* The gradient of one neuron's new state `grad` through its equation: to its curves, to time, to weights of its own. */
INLINE vec cfc_neuron_back(const CfcCall *call, CfcWork * work, int64_t position, vec seconds, vec grad,
                                 vec *curve_grads, vec *gate_grads) {
  const vec *trace = work->trace + 4 * position;
  int64_t j = call->order[position];
  if (call->mode == 2) {
    REAL amplitude = ((const REAL *)call->amplitude)[j], w_tau = ((const REAL *)call->w_tau)[j];
    vec left = trace[1], pull = grad * left * -amplitude;
    vec rate_grad = -pull * trace[0] * seconds, sign = pick((ivec)(trace[0] < 0), splat(-1), splat(1));
    sign = pick((ivec)(trace[0] == 0), splat(0), sign);
    curve_grads[0] = pull + rate_grad * sign;
    work->pure_sums[2 * j] += rate_grad * (REAL)((w_tau > 0) - (w_tau < 0));
    work->pure_sums[2 * j + 1] += grad - grad * left * trace[0];
    return -pull * trace[0] * trace[2];
  }
  vec from = trace[0], to = trace[1], share = trace[2];
  vec swing = grad * (call->mode == 1 ? to : to - from) * (share - share * share);
  curve_grads[0] = (call->mode == 1 ? grad : grad - grad * share) * ((REAL)1 - from * from);
  curve_grads[1] = grad * share * ((REAL)1 - to * to);
  gate_grads[0] = swing * seconds;
  gate_grads[1] = swing;
  return swing * trace[3];
}

/* The gradient of one step of one group of lanes: computes the step again, then goes back through it. The gradient of
   the state after the step comes in z_grad's last part and that of the state before it leaves there. */
INLINE void cfc_group_back(const CfcCall *call, CfcWork * work, int64_t first, int64_t lanes, int64_t t) {
  int64_t units = call->units, features = call->features, steps = call->steps, motors = call->motors;
  int64_t row = first * steps + t;
  const REAL *curves = call->packed, *gates = curves + call->curve_table.curves * call->curve_table.start[units];
  const REAL *output_w = call->output_w, *motor_grad = call->motor_grad, *states_grad = call->states_grad;
  const REAL *states = call->states, *start = call->start;
  vec *before = work->z + features, *after = before + units, *before_grad = work->z_grad + features;
  vec *after_grad = before_grad + units, time_grad = {0};
  take((const REAL *)call->x + row * features, steps * features, lanes, features, work->z);
  take((const REAL *)call->time + row, steps, lanes, 1, work->seconds);
  if (t > 0) take(states + (row - 1) * units, steps * units, lanes, units, before);
  else take(start ? start + first * units : NULL, units, lanes, units, before);
  vec seconds = *work->seconds * (REAL)call->time_scale;
  cfc_step(call, curves, gates, seconds, work->z, work->trace);
  memset(work->z_grad, 0, (size_t)(features + units) * sizeof(vec));
  take(states_grad ? states_grad + row * units : NULL, steps * units, lanes, units, work->states_grad);
  for (int64_t j = 0; j < units; j++) after_grad[j] += work->states_grad[j];
  take(motor_grad ? motor_grad + row * motors : NULL, steps * motors, lanes, motors, work->motor_grad);
  for (int64_t j = 0; j < motors; j++) {
    vec grad = work->motor_grad[j];
    after_grad[j] += output_w ? grad * output_w[j] : grad;
    work->output_sums[2 * j] += grad * after[j];
    work->output_sums[2 * j + 1] += grad;
  }
  for (int64_t position = units - 1; position >= 0; position--) {
    int64_t j = call->order[position];
    vec grads[4] = {{0}, {0}, {0}, {0}};
    time_grad += cfc_neuron_back(call, work, position, seconds, after_grad[j], grads, grads + 2);
    for (int64_t curve = 0; curve < (call->mode == 2 ? 1 : 4); curve++)
      work->bias_sums[curve * units + j] += grads[curve];
    cfc_hear_back(&call->curve_table, curves, position, work->z, grads, work->z_grad, work->curve_sums);
    if (call->mode != 2)
      cfc_hear_back(&call->gate_table, gates, position, work->z, grads + 2, work->z_grad, work->gate_sums);
  }
  memcpy(after_grad, before_grad, (size_t)units * sizeof(vec));
  if (call->x_grad)
    put(work->z_grad, steps * features, lanes, features, (REAL *)call->x_grad + row * features);
  work->seconds[1] = time_grad * (REAL)call->time_scale;
  if (call->time_grad) put(work->seconds + 1, steps, lanes, 1, (REAL *)call->time_grad + row);
}

static void cfc_unpack_table(const CfcCall *call, const CfcTable *table, const vec *sums) {
  for (int64_t k = 0; k < cfc_synapses(call, table); k++)
    for (int64_t curve = 0; curve < table->curves; curve++) {
      int array;
      int64_t at = cfc_find(table, table->place[k], curve, &array);
      ((REAL *)table->grads[array])[at] = sum(*sums++);
    }
}

int cfc_backward(const CfcCall *call) {
  int64_t units = call->units;
  CfcWork work;
  vec *memory = cfc_reserve(call, &work);
  if (!memory) return 1;
  vec *after_grad = work.z_grad + call->features + units;
  for (int64_t first = 0; first < call->batch; first += LANES) {
    int64_t lanes = call->batch - first < LANES ? call->batch - first : LANES;
    memset(after_grad, 0, (size_t)units * sizeof(vec));
    for (int64_t t = call->steps - 1; t >= 0; t--) cfc_group_back(call, &work, first, lanes, t);
    if (call->start_grad) put(after_grad, units, lanes, units, (REAL *)call->start_grad + first * units);
  }
  cfc_unpack_table(call, &call->curve_table, work.curve_sums);
  cfc_unpack_table(call, &call->gate_table, work.gate_sums);
  REAL *bias_grad = call->bias_grad, *w_tau_grad = call->w_tau_grad, *amplitude_grad = call->amplitude_grad;
  REAL *output_w_grad = call->output_w_grad, *output_b_grad = call->output_b_grad;
  for (int64_t i = 0; i < units * (call->mode == 2 ? 1 : 4); i++) bias_grad[i] = sum(work.bias_sums[i]);
  for (int64_t j = 0; w_tau_grad && j < units; j++) {
    w_tau_grad[j] = sum(work.pure_sums[2 * j]);
    amplitude_grad[j] = sum(work.pure_sums[2 * j + 1]);
  }
  for (int64_t j = 0; output_w_grad && j < call->motors; j++) {
    output_w_grad[j] = sum(work.output_sums[2 * j]);
    output_b_grad[j] = sum(work.output_sums[2 * j + 1]);
  }
  free(memory);
  return 0;
}
