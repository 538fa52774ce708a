//! How rows become plain structs and back. A row is written once, as a struct inside `row!`; its fields name the
//! columns and their types say how they are stored.

use sea_orm::sea_query::{Nullable, Value};
use sea_orm::{QueryResult, TryGetable};
use subclip_core::{
    AssetId, AttemptId, DeliveryId, EventId, EventKind, JobId, Medium, ObjectId, PlaybackId, RestrictionId,
    SigningKeyId, SoundTrackId, TextTrackId, TrackId, UploadId, WebhookId, WorkspaceId,
};

use crate::error::{Error, Result};

/// A struct that is a row of one table.
pub(crate) trait Row: Sized {
    const TABLE: &'static str;
    const COLUMNS: &'static [&'static str];
    fn read(row: &QueryResult) -> Result<Self>;
    fn values(&self) -> Vec<Value>;
}

/// A value of one column.
pub(crate) trait Field: Sized {
    /// What the database knows it as.
    type Raw: TryGetable + Into<Value>;
    /// What it is called when it cannot be read.
    const NAME: &'static str;
    fn raw(&self) -> Self::Raw;
    fn from_raw(raw: Self::Raw) -> Option<Self>;
}

/// The value as a parameter of a query.
pub(crate) fn value<T: Field>(field: &T) -> Value {
    field.raw().into()
}

/// The value of a column of an answer.
pub(crate) fn read<T: Field>(row: &QueryResult, column: &str) -> Result<T> {
    let raw = row.try_get("", column)?;
    T::from_raw(raw).ok_or_else(|| Error::Corrupt { column: column.into(), expected: T::NAME })
}

impl<T: Field> Field for Option<T>
where
    T::Raw: Nullable,
{
    type Raw = Option<T::Raw>;
    const NAME: &'static str = T::NAME;

    fn raw(&self) -> Self::Raw {
        self.as_ref().map(T::raw)
    }

    fn from_raw(raw: Self::Raw) -> Option<Self> {
        match raw {
            Some(raw) => T::from_raw(raw).map(Some),
            None => Some(None),
        }
    }
}

macro_rules! plain_fields {
    ($($type:ty)*) => {$(
        impl Field for $type {
            type Raw = Self;
            const NAME: &'static str = stringify!($type);

            fn raw(&self) -> Self {
                self.clone()
            }

            fn from_raw(raw: Self) -> Option<Self> {
                Some(raw)
            }
        }
    )*};
}
plain_fields!(bool i64 f64 String);

/// PostgreSQL has signed integers only, so every number is stored as the one that is wide enough for all.
macro_rules! integer_fields {
    ($($type:ty)*) => {$(
        impl Field for $type {
            type Raw = i64;
            const NAME: &'static str = stringify!($type);

            fn raw(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }

            fn from_raw(raw: i64) -> Option<Self> {
                raw.try_into().ok()
            }
        }
    )*};
}
integer_fields!(i32 u16 u32 u64);

/// Ids are stored as their 16 bytes.
macro_rules! id_fields {
    ($($type:ty)*) => {$(
        impl Field for $type {
            type Raw = Vec<u8>;
            const NAME: &'static str = stringify!($type);

            fn raw(&self) -> Vec<u8> {
                self.bytes().to_vec()
            }

            fn from_raw(raw: Vec<u8>) -> Option<Self> {
                raw.try_into().ok().map(Self::from_bytes)
            }
        }
    )*};
}
id_fields!(
    AssetId AttemptId DeliveryId EventId JobId ObjectId PlaybackId RestrictionId SigningKeyId SoundTrackId TextTrackId TrackId
    UploadId WebhookId WorkspaceId
);

/// An id of whatever kind.
impl Field for [u8; 16] {
    type Raw = Vec<u8>;
    const NAME: &'static str = "id";

    fn raw(&self) -> Vec<u8> {
        self.to_vec()
    }

    fn from_raw(raw: Vec<u8>) -> Option<Self> {
        raw.try_into().ok()
    }
}

impl Field for [u8; 32] {
    type Raw = Vec<u8>;
    const NAME: &'static str = "hash";

    fn raw(&self) -> Vec<u8> {
        self.to_vec()
    }

    fn from_raw(raw: Vec<u8>) -> Option<Self> {
        raw.try_into().ok()
    }
}

/// JSON is stored as text: nothing here looks into it.
impl Field for serde_json::Value {
    type Raw = String;
    const NAME: &'static str = "JSON";

    fn raw(&self) -> String {
        self.to_string()
    }

    fn from_raw(raw: String) -> Option<Self> {
        serde_json::from_str(&raw).ok()
    }
}

impl Field for EventKind {
    type Raw = String;
    const NAME: &'static str = "kind of event";

    fn raw(&self) -> String {
        self.as_str().into()
    }

    fn from_raw(raw: String) -> Option<Self> {
        raw.parse().ok()
    }
}

impl Field for Medium {
    type Raw = String;
    const NAME: &'static str = "medium";

    fn raw(&self) -> String {
        match self {
            Self::Video => "video".into(),
            Self::Audio => "audio".into(),
        }
    }

    fn from_raw(raw: String) -> Option<Self> {
        match raw.as_str() {
            "video" => Some(Self::Video),
            "audio" => Some(Self::Audio),
            _ => None,
        }
    }
}

/// Declares a row: `row! { "table" /// doc. pub struct Name { /// doc. pub column: Type, } }`.
macro_rules! row {
    ($table:literal $(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$doc:meta])* $field_vis:vis $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        $vis struct $name { $($(#[$doc])* $field_vis $field: $type,)* }

        impl crate::row::Row for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn read(row: &sea_orm::QueryResult) -> crate::error::Result<Self> {
                Ok(Self { $($field: crate::row::read(row, stringify!($field))?,)* })
            }

            fn values(&self) -> Vec<sea_orm::Value> {
                vec![$(crate::row::value(&self.$field),)*]
            }
        }
    };
}

/// Declares an enum that is stored as short text.
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As it is stored.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl crate::row::Field for $name {
            type Raw = String;
            const NAME: &'static str = stringify!($name);

            fn raw(&self) -> String {
                self.as_str().into()
            }

            fn from_raw(raw: String) -> Option<Self> {
                match raw.as_str() { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
