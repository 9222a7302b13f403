//! Networks for text on candle: encoders, heads, and the model folder they are kept in.
