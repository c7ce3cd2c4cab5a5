//! Ids as types, so that a room is never taken for a user. Diesel reads and writes them as `BigInt`.

use std::fmt;

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::BigInt,
};
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            AsExpression, FromSqlRow,
        )]
        #[diesel(sql_type = BigInt)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<DB: Backend> FromSql<BigInt, DB> for $name
        where
            i64: FromSql<BigInt, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                i64::from_sql(bytes).map($name)
            }
        }

        impl<DB: Backend> ToSql<BigInt, DB> for $name
        where
            i64: ToSql<BigInt, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.to_sql(out)
            }
        }
    };
}

id!(
    /// A user's account.
    UserId
);
id!(
    /// A session: one log-in of a user on one device.
    SessionId
);
id!(
    /// A room.
    RoomId
);
id!(
    /// A link that invites people to the server.
    InviteLinkId
);
id!(
    /// A message, in any room.
    MessageId
);
id!(
    /// A picture of a user or of a room. A new picture has a new id.
    AvatarId
);

#[cfg(test)]
mod tests {
    use diesel::{connection::SimpleConnection, prelude::*};

    use super::*;
    use crate::schema::saved;

    #[derive(Insertable, Queryable, Selectable, PartialEq, Debug)]
    #[diesel(table_name = saved)]
    struct SavedRow {
        user_id: UserId,
        message_id: MessageId,
    }

    #[test]
    fn ids_are_columns_of_rows_and_filters() {
        let mut conn = SqliteConnection::establish(":memory:").expect("memory is free");
        let table = "CREATE TABLE saved (user_id BIGINT, message_id BIGINT, saved_at BIGINT)";
        conn.batch_execute(table).expect("an empty database");
        let (user_id, messages) = (UserId(1), [MessageId(2), MessageId(i64::MAX)]);
        let rows = messages.map(|message_id| SavedRow {
            user_id,
            message_id,
        });
        for row in &rows {
            let insert = diesel::insert_into(saved::table).values((row, saved::saved_at.eq(0)));
            insert.execute(&mut conn).expect("a row");
        }
        let query = saved::table
            .filter(saved::user_id.eq(user_id))
            .filter(saved::message_id.eq_any(messages))
            .order(saved::message_id)
            .select(SavedRow::as_select());
        assert_eq!(query.load(&mut conn).expect("two rows"), rows);
    }
}
