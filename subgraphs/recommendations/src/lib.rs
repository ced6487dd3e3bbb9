//! Recommendations: what is like what, and what a listener may like.
