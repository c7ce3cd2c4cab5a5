//! Database columns for audio and video details.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    dsl::{exists, select},
};

use super::{Media, Poster, Waveform};
use crate::{
    db::{Conn, ids::UserId},
    error::{Error, Result},
    schema::files,
};

/// Columns of [`Media`] and [`Poster`].
#[derive(Queryable, Selectable)]
#[diesel(table_name = files)]
pub struct MediaRow {
    duration: Option<i32>,
    is_voice: bool,
    waveform: Option<String>,
    poster_hash: Option<String>,
    poster_width: Option<i32>,
    poster_height: Option<i32>,
}

impl MediaRow {
    /// Converts the columns.
    pub fn media(self) -> (Media, Option<Poster>) {
        let media = Media {
            duration: self.duration,
            is_voice: self.is_voice,
            waveform: self.waveform.as_deref().and_then(Waveform::parse),
        };
        let poster = match (self.poster_hash, self.poster_width, self.poster_height) {
            (Some(hash), Some(width), Some(height)) => Some(Poster {
                hash,
                width: width.unsigned_abs(),
                height: height.unsigned_abs(),
            }),
            _ => None,
        };
        (media, poster)
    }
}

/// Stores the media details of an upload.
pub fn set_media(conn: &mut Conn, token: &str, media: &Media) -> Result<()> {
    let columns = (
        files::duration.eq(media.duration),
        files::is_voice.eq(media.is_voice),
        files::waveform.eq(media.waveform.as_ref().map(Waveform::text)),
    );
    let row = files::table.filter(files::token.eq(token));
    diesel::update(row).set(columns).execute(conn)?;
    Ok(())
}

/// Sets the poster of an unposted upload. Returns the hash of the poster that it replaces.
///
/// # Errors
/// `NotFound` if the user has no such upload.
pub fn set_poster(
    conn: &mut Conn,
    user: UserId,
    token: &str,
    poster: &Poster,
) -> Result<Option<String>> {
    let own = files::table
        .filter(files::token.eq(token))
        .filter(files::user_id.eq(user))
        .filter(files::message_id.is_null())
        .filter(files::expires_at.is_not_null());
    let replaced: Option<Option<String>> = own.select(files::poster_hash).first(conn).optional()?;
    let replaced = replaced.ok_or(Error::NotFound)?;
    put(conn, token, poster)?;
    Ok(replaced.filter(|hash| *hash != poster.hash))
}

/// Sets the original's poster on a copied file, unless that poster has been removed.
pub fn copy_poster(conn: &mut Conn, token: &str, poster: &Poster) -> Result<()> {
    match has_poster(conn, &poster.hash)? {
        true => put(conn, token, poster),
        false => Ok(()),
    }
}

fn put(conn: &mut Conn, token: &str, poster: &Poster) -> Result<()> {
    let columns = (
        files::poster_hash.eq(&poster.hash),
        files::poster_width.eq(poster.width as i32),
        files::poster_height.eq(poster.height as i32),
    );
    let row = files::table.filter(files::token.eq(token));
    diesel::update(row).set(columns).execute(conn)?;
    Ok(())
}

/// Returns whether any row references a poster with this hash.
pub fn has_poster(conn: &mut Conn, hash: &str) -> Result<bool> {
    let with_poster = files::table.filter(files::poster_hash.eq(hash));
    Ok(select(exists(with_poster)).get_result(conn)?)
}
