/* The liquid core's inner loops: forward and hand-written backward of LTC and CfC cells, in float, or in double
   with -DREAL=double -DINT=int64_t.

   A vector holds the same number of LANES samples of a batch; each lane computes as if it were alone. Only gcc's and
   clang's vector extensions are used, so that the file builds for any processor; where x86 has one instruction for
   what the extensions cannot say (minimum and maximum), it is named. Nothing is shared between calls.

   Each exported function takes one struct, which pipeline/liquid/native.py mirrors field by field, and returns 0, or 1
   if memory is short. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#ifndef REAL
#define REAL float
#define INT int32_t
#endif
#define INLINE static inline __attribute__((always_inline))
#define EPSILON 1e-8  /* added to the conductance of each neuron, as ncps does */
#define TINY 1e-30    /* added to the capacitance, so that one that underflows to 0 divides no zero by zero */

/* All fields of an LTC call. Arrays are contiguous; those of type void hold REALs. NULL: absent, not wanted. */
typedef struct {
  int64_t batch, steps, features, units, motors, unfolds, sensory_count, recurrent_count;
  double time_scale; /* from seconds to the equation's time of one unfold */
  /* synapses in the order of computing: their sources, their targets, their places in the weight arrays */
  const int32_t *sensory_source, *sensory_target, *sensory_place;
  const int32_t *recurrent_source, *recurrent_target, *recurrent_place;
  const void *gleak, *vleak, *cm, *w, *sigma, *mu, *erev, *sensory_w, *sensory_sigma, *sensory_mu, *sensory_erev;
  const void *input_w, *input_b, *output_w, *output_b;
  void *packed; /* what ltc_pack made of the weights: ltc_packed_size REALs */
  const void *x, *time, *start;           /* (batch, steps, features), (batch, steps) seconds, (batch, units) or NULL */
  void *motor, *states;                   /* (batch, steps, motors), (batch, steps, units) */
  const void *motor_grad, *states_grad;   /* like motor and states, or NULL */
  void *x_grad, *time_grad, *start_grad;  /* like x, time, start, or NULL */
  void *gleak_grad, *vleak_grad, *cm_grad, *w_grad, *sigma_grad, *mu_grad, *erev_grad;
  void *sensory_w_grad, *sensory_sigma_grad, *sensory_mu_grad, *sensory_erev_grad;
  void *input_w_grad, *input_b_grad, *output_w_grad, *output_b_grad;
} LtcCall;

/* One table of a CfC's synapses and the weights of one or two curves: row c of each of three arrays (from features,
   from units, from the neuron itself) holds the weights of curve c. */
typedef struct {
  int64_t curves, widths[3];
  const int32_t *start, *source, *place;  /* by position in the order of computing; place counts through the arrays */
  const void *weights[3];
  void *grads[3];
} CfcTable;

/* All fields of a CfC call. A source is a feature, else features + unit for the state before the step, else
   features + units + unit for the state after it. */
typedef struct {
  int64_t batch, steps, features, units, motors, mode; /* mode 0: default, 1: no gate, 2: pure */
  double time_scale;
  const int32_t *order; /* (units): the neuron computed at each position */
  CfcTable curve_table, gate_table;
  const void *bias, *w_tau, *amplitude, *output_w, *output_b; /* bias: (curves of both tables, units) */
  void *packed;
  const void *x, *time, *start;
  void *motor, *states;
  const void *motor_grad, *states_grad;
  void *x_grad, *time_grad, *start_grad, *bias_grad, *w_tau_grad, *amplitude_grad, *output_w_grad, *output_b_grad;
} CfcCall;

/* Give memory for `count` vectors, aligned and zeroed, or NULL. */
static void *reserve(size_t count) {
  void *memory = aligned_alloc(64, (count + 2) * VECTOR_BYTES / 64 * 64 + 64);
  if (memory) memset(memory, 0, count * VECTOR_BYTES);
  return memory;
}

#include "lanes.h"
#include "ltc.h"
#include "cfc.h"

int64_t ltc_call_size(void) { return sizeof(LtcCall); }
int64_t cfc_call_size(void) { return sizeof(CfcCall); }
int64_t vector_bytes(void) { return VECTOR_BYTES; }
